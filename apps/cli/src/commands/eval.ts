import { Argument, Option, type Command } from '@commander-js/extra-typings';
import { FashionMatchError, type LabelledQuery } from '@fashionmatch/domain';
import type { EvaluationQuery, OpenedEvaluation } from '@fashionmatch/pipeline';

import type { OptionsOf } from '../declaration/common-options.js';
import { defineCommand } from '../declaration/define-command.js';
import { withGenerationOption } from '../declaration/generation-option.js';
import { fusionWeights, wholeNumber } from '../declaration/option-values.js';
import type { FinishedEvaluation } from '../documents/evaluation-document.js';
import { OutputFile } from '../documents/output-file.js';
import {
  allCutoffs,
  cutoffs,
  gates,
  GROUPED_BY,
  groupingField,
  metricName,
  MOST_HITS,
} from '../planning/evaluation-options.js';
import { EMPTY_NOTE } from '../tables/empty-note.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';
import type { Session } from '../terminal/session.js';
import { StopSignals } from '../terminal/stop-signals.js';

/** `fashionmatch eval`: how far up the search puts what it should find. */
export const evaluate = defineCommand({
  name: 'eval',
  description: 'measure how well the search finds what it should: recall, precision, nDCG, MRR and MAP',
  examples: [
    'fashionmatch eval --by brand',
    'fashionmatch eval --by seller --at 5 --weights-sweep',
    'fashionmatch eval --by category --html quality.html',
  ],
  declare,
  action: async (labels, options, session) => {
    using stop = new StopSignals();
    const work = (): Promise<number> => evaluateAndPrint(labels, options, session, stop.signal);
    return await reporting(session, work, { stop, message: 'Interrupted: nothing was changed' });
  },
});

type Options = OptionsOf<typeof declare>;

function declare(command: Command) {
  return withGenerationOption(
    command
      .addArgument(
        new Argument('[labels]', 'CSV (query, relevant, grade) or JSON Lines ({"query": …, "relevant": {id: grade}})'),
      )
      .option('--by <field>', `in place of labels: alike is what has the same ${GROUPED_BY.join(', ')}`, groupingField)
      .option('--queries <n>', 'with --by: so many of the items are tried', wholeNumber(1, 1_000_000), 500)
      .addOption(
        new Option('--at <k,…>', 'where recall, precision and ndcg are taken')
          .argParser(cutoffs)
          .default([5, 10], '5,10'),
      )
      .option('--depth <n>', 'how many hits mrr and map look at', wholeNumber(1, MOST_HITS), 100)
      .option('--weights <weights>', 'such as clip=0.6,dino=0.4 (default: from config)', fusionWeights)
      .option('--weights-sweep', 'propose weights, and say whether what they gain is noise')
      .option(
        '--metric <metric>',
        'what weights and worst queries are chosen by (default: ndcg at the last k)',
        metricName,
      )
      .addOption(
        new Option('--gate <condition>', 'such as "ndcg@5>=0.4": exit 4 when it is not met; may be given again')
          .argParser(gates)
          .default([], 'none'),
      )
      .option('--against <config>', 'try the same queries with the store of another config, and compare')
      .addOption(
        new Option(
          '--against-generation <name>',
          'try the same queries with another generation of the store, and compare',
        ).conflicts('against'),
      )
      .option('--root <dir>', 'folder of the images that labels name (default: that of the labels)')
      .option('--html <file>', 'write a page with the worst queries as pictures'),
  );
}

async function evaluateAndPrint(
  path: string | undefined,
  options: Options,
  session: Session,
  signal: AbortSignal,
): Promise<number> {
  requireOneOf(path, options);
  const [{ evaluationDocument }, { evaluationReport }] = await Promise.all([
    import('../documents/evaluation-document.js'),
    import('../tables/evaluation-report.js'),
  ]);
  const finished = await evaluateStore(path, options, session, signal);
  session.progress.close();
  session.print(
    () => evaluationDocument(finished),
    () => evaluationReport(finished),
  );
  if (finished.gates.some(({ isMet }) => !isMet)) return EXIT.drift;
  return finished.evaluation.failures.length > 0 ? EXIT.someFailed : EXIT.done;
}

function requireOneOf(path: string | undefined, { by }: Options): void {
  if ((path === undefined) !== (by === undefined)) return;
  throw new FashionMatchError(
    'USAGE_INVALID',
    'Say what belongs together: a file of labels, or --by with a field such as brand.',
  );
}

async function evaluateStore(
  path: string | undefined,
  options: Options,
  session: Session,
  signal: AbortSignal,
): Promise<FinishedEvaluation> {
  const { openEvaluation, readLabels } = await import('@fashionmatch/pipeline');
  const { loadStoreConfig } = await import('../planning/store-config.js');
  const { logger, progress } = session;
  const { html, weights, against, againstGeneration } = options;
  const config = await loadStoreConfig(options);
  const other =
    againstGeneration === undefined
      ? against && { name: against, config: await loadStoreConfig({ config: against }) }
      : {
          name: `generation ${againstGeneration}`,
          config: await loadStoreConfig({ config: options.config, generation: againstGeneration }),
        };
  const pageFile = html === undefined ? undefined : await OutputFile.open(html, 'page');
  const { labels, folder } = path === undefined ? { labels: undefined, folder: '.' } : await readLabels(path);
  const imageFolder = options.root ?? folder;
  const how = measureOf(options, signal);

  await using opened = await openEvaluation({ config, imageFolder, logger, progress, signal });
  const queries = await queriesOf(opened, labels, options);
  const evaluation = await opened.evaluate(queries, { ...how.options, weights });
  requireSome(evaluation.queries.length, evaluation.failures[0]?.reason);
  const finished = {
    ...{ evaluation, depth: how.options.depth },
    unknownRelevant: labels === undefined ? 0 : await opened.countUnknown(labels),
    gates: options.gate.map(({ expression, metric, isMet }) => {
      const value = evaluation.metrics[metric]?.mean ?? 0;
      return { expression, value, isMet: isMet(value) };
    }),
  };
  const compare = async (): Promise<FinishedEvaluation['comparison']> => {
    if (!other) return undefined;
    const { compareEvaluations } = await import('@fashionmatch/pipeline');
    await using others = await openEvaluation({ config: other.config, imageFolder, logger, progress, signal });
    const theirs = await others.evaluate(queries, { ...how.options, sweep: undefined });
    requireSome(theirs.queries.length, theirs.failures[0]?.reason);
    return { ...compareEvaluations(evaluation, theirs), config: other.name, evaluation: theirs };
  };
  const whole = { ...finished, comparison: await compare() };
  if (pageFile) {
    const { evaluationPage } = await import('../pages/evaluation-page.js');
    await pageFile.write(evaluationPage(whole, how.metric, { ...opened, imageFolder }));
  }
  return whole;
}

interface Measure {
  /** What weights and worst queries are chosen by. */
  readonly metric: string;
  readonly options: {
    readonly cutoffs: number[];
    readonly depth: number;
    readonly sweep: string | undefined;
    readonly signal: AbortSignal;
  };
}

function measureOf({ at, depth, gate, weightsSweep, ...options }: Options, signal: AbortSignal): Measure {
  const metric = options.metric ?? `ndcg@${String(Math.max(...at))}`;
  const cutoffs = allCutoffs(at, [metric, ...gate.map(({ metric }) => metric)]);
  const sweep = weightsSweep === true ? metric : undefined;
  return { metric, options: { cutoffs, depth: Math.max(depth, ...cutoffs), sweep, signal } };
}

async function queriesOf(
  opened: OpenedEvaluation,
  labels: readonly LabelledQuery[] | undefined,
  { by, queries }: Options,
): Promise<EvaluationQuery[]> {
  const { ofLabels } = await import('@fashionmatch/pipeline');
  if (await opened.isEmpty()) throw new FashionMatchError('USAGE_INVALID', EMPTY_NOTE.trimEnd());
  if (labels !== undefined) return ofLabels(labels);
  const found = by === undefined ? [] : await opened.queriesByField(by, queries);
  if (found.length > 0) return found;
  const reason = 'No two stored items have the same value there: choose another field, or give a file of labels.';
  throw new FashionMatchError('USAGE_INVALID', reason);
}

function requireSome(queries: number, reason = 'it has none'): void {
  if (queries > 0) return;
  throw new FashionMatchError('USAGE_INVALID', `No query of the labels could be tried: ${reason}.`);
}
