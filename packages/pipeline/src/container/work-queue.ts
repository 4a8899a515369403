import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';

import { FashionMatchError, type Logger, type Resources, type WorkQueue } from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';
import type { SourceFactory } from '../dependencies.js';
import type { Spread } from '../embedding/encode-elsewhere.js';
import { ImagesGivenOut } from '../working/images-given-out.js';
import type { ReadWorkImage } from '../working/encoding-worker.js';

interface QueueHow {
  readonly config: AppConfig;
  readonly logger: Logger;
  readonly resources: Resources;
}

/** Where the configuration says that images are encoded; undefined for here. */
export function spreadOf(how: QueueHow, sources: SourceFactory): Spread | undefined {
  if (how.config.queue.url === undefined) return undefined;
  let opened: Promise<WorkQueue> | undefined;
  const spread: Spread = {
    run: runOf(how.config),
    givenOut: new ImagesGivenOut(),
    open: () => (opened ??= openWithImages(how, spread, sources)),
  };
  return spread;
}

/** Workers of an earlier run wait for images before this one waits for them: the server comes first. */
async function openWithImages(how: QueueHow, { run, givenOut }: Spread, sources: SourceFactory): Promise<WorkQueue> {
  const { logger, resources } = how;
  const queue = await openQueue(how);
  const place = how.config.queue.serveImages;
  if (place === undefined) return queue;
  const { serveImages } = await queuePackage();
  const { port } = resources.add(
    await serveImages({
      ...{ ...place, logger },
      secret: () => queue.secretOf(run),
      read: (contentSha256) => givenOut.read(contentSha256, (path) => sources.readImage(path)),
    }),
  );
  logger.info(`Workers get the images at ${place.host}, port ${String(port)}`, { host: place.host, port });
  return queue;
}

/** Gets what jobs name from the coordinator that serves it there. */
export async function fetchingReader(
  queue: WorkQueue,
  from: string,
  { config, logger, resources }: QueueHow,
): Promise<ReadWorkImage> {
  const { fetchImages } = await queuePackage();
  const { maxFileBytes: maxBytes } = config.limits;
  const images = resources.add(fetchImages({ from, secretOf: (run) => queue.secretOf(run), maxBytes, logger }));
  return ({ contentSha256 }, { run }) => images.fetch(contentSha256, run);
}

/** @throws FashionMatchError `USAGE_INVALID` when the configuration names none; what opening it throws. */
export async function openQueue({ config, logger, resources }: QueueHow): Promise<WorkQueue> {
  const { url, username, password, lostAfterMs } = config.queue;
  if (url === undefined) throw new FashionMatchError('USAGE_INVALID', 'Which queue? Give --queue redis://host:6379.');
  const { openWorkQueue } = await queuePackage();
  return resources.add(await openWorkQueue({ url, username, password, lostAfterMs, logger }));
}

/** Only who spreads the work has it installed. */
async function queuePackage(): Promise<typeof import('@fashionmatch/queue')> {
  try {
    return await import('@fashionmatch/queue');
  } catch (cause) {
    throw new FashionMatchError(
      'USAGE_INVALID',
      'Working with a queue takes one more package: npm install @fashionmatch/queue.',
      {
        cause,
      },
    );
  }
}

/** The same in all runs of a store, which has one writer at a time. */
function runOf({ database }: AppConfig): string {
  const { host, port, tenant, database: name, persistDirectory, collectionName } = database;
  const place = host === undefined ? [hostname(), resolve(persistDirectory)] : [host, port, tenant, name];
  return createHash('sha256')
    .update(JSON.stringify([place, collectionName]))
    .digest('hex')
    .slice(0, 32);
}
