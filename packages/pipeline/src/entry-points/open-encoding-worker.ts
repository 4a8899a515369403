import { Resources } from '@fashionmatch/domain';

import type { OpenOptions } from '../container/open-options.js';
import { EncodingWorker } from '../working/encoding-worker.js';
import { configuredRoots, rootedReader, type WorkerRoot } from '../working/worker-roots.js';

export interface OpenWorkerOptions extends Pick<OpenOptions, 'config' | 'configPath' | 'logger' | 'progress'> {
  /** Where the coordinator's folders are here; the configured ones, at the same paths, when none are given. */
  readonly roots?: readonly WorkerRoot[] | undefined;
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
export async function openEncodingWorker({ roots = [], ...options }: OpenWorkerOptions): Promise<OpenedEncodingWorker> {
  const { withContainer } = await import('../container/pipeline-container.js');
  const { openQueue } = await import('../container/work-queue.js');
  const { DECODE_CONCURRENCY } = await import('../container/open-dependencies.js');
  const { TOKENS } = await import('../container/tokens.js');
  return withContainer(options, { access: 'read' }, async (container, close) => {
    const resources = new Resources();
    const config = container.get(TOKENS.config);
    const folders = roots.length > 0 ? roots : await configuredRoots(config);
    const read = await rootedReader(folders, await container.getAsync(TOKENS.sources));
    const scorer = await container.getAsync(TOKENS.scorer);
    const decoder = await container.getAsync(TOKENS.decoder);
    const queue = await openQueue({ config, logger: container.get(TOKENS.logger), resources });
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
