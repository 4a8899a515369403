import { Option, type Command } from '@commander-js/extra-typings';
import { FashionMatchError } from '@fashionmatch/domain';
import type { WorkerCounts } from '@fashionmatch/pipeline';

import type { OptionsOf } from '../declaration/common-options.js';
import { defineCommand } from '../declaration/define-command.js';
import { withMonitorOption } from '../declaration/monitor-option.js';
import { coordinatorAddress, workerRoots, wholeNumber } from '../declaration/option-values.js';
import { EXIT, exitCodeOf } from '../terminal/exit-code.js';
import { fatalErrorOf } from '../terminal/fatal-error.js';
import type { Session } from '../terminal/session.js';
import { StopSignals } from '../terminal/stop-signals.js';

/** `fashionmatch worker`: encodes what `embed --queue` gives out, until it is told to end. */
export const worker = defineCommand({
  name: 'worker',
  description: 'encode what "embed --queue" gives out, until it is interrupted',
  examples: [
    'fashionmatch worker --queue redis://coordinator:6379',
    'fashionmatch worker --queue redis://coordinator:6379 --root /srv/photos=/mnt/photos',
    'fashionmatch worker --queue redis://coordinator:6379 --fetch http://coordinator:7070',
  ],
  declare,
  action: runWorker,
});

type WorkerOptions = OptionsOf<typeof declare>;

function declare(command: Command) {
  return withMonitorOption(
    command
      // Whether it is one is the configuration's to say: what refuses an option here repeats it, with its password.
      .option('--queue <url>', 'the Redis server of the coordinator, such as redis://host:6379/0')
      .option(
        '--root <from=to>',
        "a folder of the coordinator's, and where it is here; can be repeated",
        workerRoots,
        [],
      )
      .option(
        '--fetch <url>',
        'get the images from the coordinator, which serves them with --serve-images, such as http://coordinator:7070',
        coordinatorAddress,
      )
      .addOption(new Option('--concurrency <n>', 'jobs at once').argParser(wholeNumber(1, 64)).default(2))
      .addOption(
        new Option('--drain-for <s>', 'seconds to finish what is under way when it is interrupted')
          .argParser(wholeNumber(0, 3_600))
          .default(20),
      ),
  );
}

/** What is left of the patience of a stop when jobs are given back, for that. */
const LEAVING_MS = 4_500;

async function runWorker(options: WorkerOptions, session: Session): Promise<number> {
  const drainMs = options.drainFor * 1_000;
  using stop = new StopSignals(undefined, drainMs + LEAVING_MS);
  let counts: WorkerCounts = { jobs: 0, images: 0, faults: 0, faultCodes: {} };
  let error: FashionMatchError | undefined;
  try {
    if (options.fetch !== undefined && options.root.length > 0) {
      throw new FashionMatchError('USAGE_INVALID', 'Images are read below --root, or fetched with --fetch: give one.');
    }
    const { loadConfig, openEncodingWorker } = await import('@fashionmatch/pipeline');
    const { openMonitor } = await import('../metrics/open-monitor.js');
    const { logger, progress } = session;
    const config = await loadConfig({
      path: options.config,
      overrides: options.queue === undefined ? {} : { queue: { url: options.queue } },
    });
    await using monitored = await openMonitor(options.metrics, 'worker', logger);
    await using opened = await openEncodingWorker({
      ...{ config, logger, progress, roots: options.root },
      fetchFrom: options.fetch,
    });
    if (monitored) {
      const { watchWorker } = await import('../metrics/worker-metrics.js');
      watchWorker(monitored.monitor, opened.worker);
    }
    try {
      logger.info('Waiting for work');
      await opened.worker.work({ concurrency: options.concurrency, signal: stop.signal, drainMs });
    } finally {
      counts = opened.worker.counts;
    }
  } catch (thrown) {
    error = fatalErrorOf(thrown);
  }
  tell(counts, error, session);
  return error ? exitCodeOf(error.code) : (stop.exitCode ?? EXIT.done);
}

function tell(counts: WorkerCounts, error: FashionMatchError | undefined, { progress, print, fail }: Session): void {
  progress.close();
  const { jobs, images, faults } = counts;
  print(
    () => ({
      schema_version: 1,
      status: error ? 'failed' : 'interrupted',
      ...{ jobs, encoded_images: images, failed_images: faults },
      ...(error && { error: { code: error.code, message: error.message } }),
    }),
    () => `${String(images)} images encoded, ${String(faults)} failed, in ${String(jobs)} jobs\n`,
  );
  if (error) fail(error);
}
