import { Option, type Command } from '@commander-js/extra-typings';
import { FashionMatchError, type FatalCode } from '@fashionmatch/domain';
import type { AppConfig } from '@fashionmatch/pipeline';

import type { OptionsOf } from '../declaration/common-options.js';
import { defineCommand } from '../declaration/define-command.js';
import { withGenerationOption } from '../declaration/generation-option.js';
import { withMonitorOption } from '../declaration/monitor-option.js';
import { wholeNumber } from '../declaration/option-values.js';
import { withModeOptions, withSourceOptions } from '../declaration/source-options.js';
import type { RunMetrics } from '../metrics/run-metrics.js';
import { resultTable } from '../tables/result-table.js';
import { EXIT, exitCodeOf } from '../terminal/exit-code.js';
import { fatalErrorOf } from '../terminal/fatal-error.js';
import type { Session } from '../terminal/session.js';
import { StopSignals } from '../terminal/stop-signals.js';
import { SettledEntries } from '../watching/settled-entries.js';
import { WatchTotals } from '../watching/watch-totals.js';
import type { Folders, WatchedRuns } from '../watching/watched-runs.js';

/** `fashionmatch watch`: embeds what appears in the folders, at once or at certain times, until it is told to end. */
export const watch = defineCommand({
  name: 'watch',
  description: 'embed what appears in the folders, at once or at certain times, until it is interrupted',
  examples: [
    'fashionmatch watch',
    'fashionmatch watch --mode references --references-dir photos --json',
    'fashionmatch watch --every "0 3 * * *" --time-zone Europe/Paris --prune --report reports',
  ],
  declare,
  action: async (options, session) => {
    const totals = new WatchTotals();
    const end = (error?: FashionMatchError): void => {
      session.progress.close();
      session.print(
        () => totals.document(error),
        () => resultTable(totals.results),
      );
    };
    using stop = new StopSignals(() => {
      end();
    });
    try {
      await watchUntil(stop.signal, options, session, totals);
    } catch (thrown) {
      const error = fatalErrorOf(thrown);
      end(error);
      session.fail(error);
      return stop.exitCode ?? exitCodeOf(error.code);
    }
    end();
    return stop.exitCode ?? EXIT.done;
  },
});

type WatchOptions = OptionsOf<typeof declare>;

function declare(command: Command) {
  const watching = withModeOptions(command)
    .addOption(
      new Option('--quiet-for <s>', 'seconds without a change before a run')
        .argParser(wholeNumber(1, 3_600))
        .default(2),
    )
    .addOption(
      new Option('--at-most <s>', 'seconds after a change when a run begins anyway')
        .argParser(wholeNumber(1, 86_400))
        .default(60),
    )
    .option('--every <cron>', 'run at certain times instead, such as "0 3 * * *"; one that was missed is made up for')
    .option('--time-zone <zone>', 'of --every, such as Europe/Paris (default: that of this machine)')
    .option('--prune', 'remove stored items whose file or listing is gone')
    .option('--report <dir>', 'write a page about each run that did anything into a folder')
    .option('--on-finish <command>', 'a program to run after each run, with its numbers as JSON on standard input');
  return withSourceOptions(withMonitorOption(withGenerationOption(watching)));
}

async function watchUntil(
  signal: AbortSignal,
  options: WatchOptions,
  session: Session,
  totals: WatchTotals,
): Promise<void> {
  const { loadSourceConfig } = await import('../planning/source-config.js');
  const { WatchedRuns } = await import('../watching/watched-runs.js');
  const { finishHook } = await import('../watching/finish-hook.js');
  const { openRunMonitor } = await import('../metrics/open-monitor.js');
  const { lastScheduledRun } = await import('@fashionmatch/pipeline');
  const { onFinish, every, prune, yes } = options;
  const { env } = session.terminal;
  if (options.timeZone !== undefined && every === undefined) {
    throw new FashionMatchError('USAGE_INVALID', '--time-zone says when --every is: give both, or none.');
  }
  const config = await loadSourceConfig(options);
  const folders = foldersOf(options, config);
  const last = every === undefined ? undefined : await lastScheduledRun(config);
  await using monitor = await openRunMonitor(options.metrics, 'watch', session.logger, last);
  const metrics = monitor?.metrics;
  const runs = new WatchedRuns({
    ...{ config, folders, session, totals, signal, metrics },
    prune: prune ? (yes ? 'most' : 'some') : undefined,
    reportFolder: options.report,
    onFinish: onFinish === undefined ? undefined : finishHook(onFinish, { env, logger: session.logger, signal }),
    tellsAll: every !== undefined,
  });
  if ((await runs.present()).length === 0) {
    const named = Object.values(folders).join(' and ');
    throw new FashionMatchError('USAGE_INVALID', `There is nothing to watch: ${named} do not exist.`);
  }
  const watched = { runs, config, folders, session, signal, metrics };
  await (every === undefined ? runOnChanges(options, watched) : runAtTimes(every, options, watched, last));
}

interface Watched {
  readonly runs: WatchedRuns;
  readonly config: AppConfig;
  readonly folders: Folders;
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly metrics: RunMetrics | undefined;
}

function foldersOf({ mode, referencesDir, scrapedDir }: WatchOptions, { scraper }: AppConfig): Folders {
  const references = referencesDir ?? scraper.referencesDir;
  const scraped = scrapedDir ?? scraper.outputDir;
  return { ...(mode !== 'scraped' && { references }), ...(mode !== 'references' && { scraped }) };
}

/** The store stays open between runs. */
async function runOnChanges(
  { quietFor, atMost, prune }: WatchOptions,
  { runs, config, folders, session: { logger }, signal, metrics }: Watched,
): Promise<void> {
  const { EmbeddingPipeline, passedOverNames, resolveGeneration } = await import('@fashionmatch/pipeline');
  const { watchFolders } = await import('../watching/folder-watch.js');
  const entries = new SettledEntries(quietFor * 1_000);
  const watched = Object.values(folders);
  await using changes = watchFolders(watched, {
    quietMs: quietFor * 1_000,
    atMostMs: atMost * 1_000,
    isIgnored: await passedOverNames(watched, config),
    signal,
  });
  logger.info(`Watching ${watched.join(' and ')}`);
  // What is there already comes first.
  for (let isTime = true; isTime;) {
    await using pipeline = await EmbeddingPipeline.create({ config, logger, progress: runs, signal });
    const { openedGeneration: generation } = pipeline.config.database;
    metrics?.follow(pipeline, config);
    let isCurrent = true;
    do {
      if (changes.takeRemoved() && !prune) logger.info('Files are gone; what was stored of them stays without --prune');
      await runs.run(entries, pipeline);
      if (entries.takeLeftOut()) changes.remind();
      isTime = await changes.nextTime();
      // What appears is for the generation that serves by then.
      isCurrent = (await resolveGeneration(config, { logger })).database.openedGeneration === generation;
    } while (isTime && isCurrent);
    await metrics?.unfollow();
  }
}

/** What may be otherwise by the next time. */
const MENDS_ITSELF: ReadonlySet<FatalCode> = new Set<FatalCode>([
  'SOURCE_UNREADABLE',
  'STORE_LOCKED',
  'STORE_UNREACHABLE',
  'STORE_FAILED',
  'QUEUE_UNREACHABLE',
  'MODEL_MISSING',
]);

/** Between runs, nothing is open: others get at the store, and the models take no memory. */
async function runAtTimes(
  every: string,
  { timeZone, quietFor }: WatchOptions,
  { runs, config, session: { logger }, signal, metrics }: Watched,
  last: Date | undefined,
): Promise<void> {
  const { EmbeddingPipeline, recordScheduledRun } = await import('@fashionmatch/pipeline');
  const { cronSchedule } = await import('../watching/schedule.js');
  const { ScheduledTimes } = await import('../watching/scheduled-times.js');
  const times = new ScheduledTimes(cronSchedule(every, timeZone), {
    ...{ last, signal },
    onWait: (until) => {
      metrics?.waiting();
      logger.info(`The next run is at ${until.toISOString()}`);
    },
  });
  while (await times.nextTime()) {
    // What failed the last time is tried again.
    const entries = new SettledEntries(quietFor * 1_000);
    await runs.runAlone(entries, {
      open: () => EmbeddingPipeline.create({ config, logger, progress: runs, signal }),
      survives: ({ code }) => MENDS_ITSELF.has(code),
      remember: (startedAt) => recordScheduledRun(config, startedAt),
    });
    if (entries.takeLeftOut()) times.remind(quietFor * 1_000);
  }
}
