import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';

import { FashionMatchError, type Logger, type Resources, type WorkQueue } from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';
import type { Spread } from '../embedding/encode-elsewhere.js';

interface QueueHow {
  readonly config: AppConfig;
  readonly logger: Logger;
  readonly resources: Resources;
}

/** Where the configuration says that images are encoded; undefined for here. */
export function spreadOf({ config, logger, resources }: QueueHow): Spread | undefined {
  if (config.queue.url === undefined) return undefined;
  let opened: Promise<WorkQueue> | undefined;
  return { run: runOf(config), open: () => (opened ??= openQueue({ config, logger, resources })) };
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
