import { Resources } from '@fashionmatch/domain';

import type { OpenOptions } from '../container/open-options.js';
import { EncodingWorker, type ReadWorkImage } from '../working/encoding-worker.js';
import { configuredRoots, rootedReader, type WorkerRoot } from '../working/worker-roots.js';

export interface OpenWorkerOptions extends Pick<OpenOptions, 'config' | 'configPath' | 'logger' | 'progress'> {
  /** Where the coordinator's folders are here; the configured ones, at the same paths, when none are given. */
  readonly roots?: readonly WorkerRoot[] | undefined;
  /** Where the coordinator serves its images, such as `http://coordinator:7070`, in place of roots. */
  readonly fetchFrom?: string | undefined;
}

export interface OpenedEncodingWorker extends AsyncDisposable {
  readonly worker: EncodingWorker;
}

/**
 * A worker for the queue of the configuration, with its models, which are downloaded where they are missing. Dispose of
 * it when done.
 *
 * @throws FashionMatchError when queue, models or roots are not usable.
 */
export async function openEncodingWorker({
  roots = [],
  fetchFrom,
  ...options
}: OpenWorkerOptions): Promise<OpenedEncodingWorker> {
  const { withContainer } = await import('../container/pipeline-container.js');
  const { fetchingReader, openQueue } = await import('../container/work-queue.js');
  const { DECODE_CONCURRENCY } = await import('../container/open-dependencies.js');
  const { TOKENS } = await import('../container/tokens.js');
  return withContainer(options, { access: 'read', needsNoStore: true }, async (container, close) => {
    const resources = new Resources();
    const config = container.get(TOKENS.config);
    const logger = container.get(TOKENS.logger);
    const rooted = async (): Promise<ReadWorkImage> => {
      const folders = roots.length > 0 ? roots : await configuredRoots(config);
      return rootedReader(folders, await container.getAsync(TOKENS.sources));
    };
    // Roots that are not there are found out before a model is loaded.
    const readHere = fetchFrom === undefined ? await rooted() : undefined;
    const scorer = await container.getAsync(TOKENS.scorer);
    const decoder = await container.getAsync(TOKENS.decoder);
    const queue = await openQueue({ config, logger, resources });
    const read = readHere ?? (await fetchingReader(queue, fetchFrom ?? '', { config, logger, resources }));
    const { batchSize } = config.models;
    const worker = new EncodingWorker({
      queue,
      scorer,
      decoder,
      read,
      batchSize,
      decodeConcurrency: DECODE_CONCURRENCY,
    });
    return {
      worker,
      async [Symbol.asyncDispose]() {
        await resources.close();
        await close();
      },
    };
  });
}
