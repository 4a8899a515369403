import {
  EMBEDDING_SPACES,
  leftOutText,
  sumStats,
  type ItemFailure,
  type PipelineStats,
  type TotalStats,
} from '@fashionmatch/domain';
import type { Thumbnails } from '@fashionmatch/pipeline';

import type { RunReport } from '../documents/result-document.js';
import { stopSentence } from '../tables/stop-sentence.js';
import { bar, durationText, throughputChart } from './charts.js';
import { markup, type Html } from './html.js';
import { page } from './page.js';
import { pictureOf, pictureTag } from './picture.js';
import type { RunRecord } from './run-record.js';

/** How long a part of the run was at work. Parts overlap. */
export interface StageSeconds {
  readonly name: string;
  readonly seconds: number;
}

export interface ReportPageOptions {
  readonly record: RunRecord;
  readonly thumbnails: Pick<Thumbnails, 'ofFile'>;
  /** Left out where it is not known. */
  readonly stages?: readonly StageSeconds[] | undefined;
}

const MAX_FAILURES = 500;
const MAX_PICTURES = 100;
const DRAWN_AT_ONCE = 10;

const STATUS: Readonly<Record<RunReport['status'], string>> = {
  completed: 'Completed.',
  completed_with_failures: 'Completed; some items failed.',
  interrupted: 'Interrupted: what was stored stays.',
  failed: 'Could not go on.',
};

/** What a run stored, and what it did not and why, as the text of a self-contained page. */
export function reportPage(report: RunReport, options: ReportPageOptions): AsyncGenerator<string> {
  return page('Embedding report', reportMain(report, options));
}

async function* reportMain(
  { status, results, failures, models, error }: RunReport,
  { record, thumbnails, stages = [] }: ReportPageOptions,
): AsyncGenerator<Html> {
  yield markup`<h1>Embedding report</h1>
<p>${STATUS[status]} ${stopSentence({ status, results }) ?? ''}</p>`;
  if (error) yield markup`<p class="bad">${error.message}</p>`;
  yield storedSection(Object.values(results));
  const { binSeconds, rates } = record.rates();
  if (rates.length > 0) yield markup`<h2>Items over time</h2>${throughputChart(binSeconds, rates)}`;
  if (stages.length > 0) yield stageSection(stages);
  yield* failureSection(failures, thumbnails);
  yield duplicateSection(record);
  if (models) yield modelSection(models);
}

function storedSection(all: readonly PipelineStats[]): Html {
  return markup`<h2>Stored</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Items of each source">
<table>
<thead><tr><th scope="col">Source</th>${['Listed', 'Stored', 'Skipped', 'Failed', 'Time'].map(
    (name) => markup`<th scope="col" class="number">${name}</th>`,
  )}</tr></thead>
<tbody>${all.map((stats) => statsRow(stats.source, stats))}${statsRow('Total', sumStats(all))}</tbody>
</table>
</div>${all.filter(({ leftOut }) => leftOut.length > 0).map(leftOutLine)}`;
}

function leftOutLine({ source, leftOut }: PipelineStats): Html {
  return markup`
<p>Left out of ${source}: ${leftOutText(leftOut)}</p>`;
}

function statsRow(name: string, stats: TotalStats): Html {
  const { totalItems, processedItems, skippedItems, failedItems, durationSeconds } = stats;
  const cells = [totalItems, processedItems, skippedItems, failedItems, durationText(durationSeconds)];
  return markup`<tr><th scope="row">${name}</th>${cells.map((cell) => markup`<td class="number">${cell}</td>`)}</tr>`;
}

function stageSection(stages: readonly StageSeconds[]): Html {
  const longest = Math.max(...stages.map(({ seconds }) => seconds));
  return markup`<h2>Stages</h2>
<dl class="scores">${stages.map(
    ({ name, seconds }) =>
      markup`<dt>${name}</dt><dd>${bar('clip', longest > 0 ? seconds / longest : 0)}${durationText(seconds)}</dd>`,
  )}</dl>
<p class="quiet">How long each stage was at work. Stages overlap.</p>`;
}

async function* failureSection(
  failures: readonly ItemFailure[],
  thumbnails: Pick<Thumbnails, 'ofFile'>,
): AsyncGenerator<Html> {
  yield markup`<h2>Failed</h2>`;
  if (failures.length === 0) {
    yield markup`<p>None.</p>`;
    return;
  }
  const shown = failures.slice(0, MAX_FAILURES);
  const more = failures.length - shown.length;
  if (more > 0) {
    yield markup`<p>${shown.length} of them, and ${more} more: <code>--failures-file</code> has all.</p>`;
  }
  yield markup`<ul class="cards">`;
  for (let at = 0; at < shown.length; at += DRAWN_AT_ONCE) {
    const some = shown.slice(at, at + DRAWN_AT_ONCE);
    const pictures = at < MAX_PICTURES ? thumbnails : undefined;
    yield* await Promise.all(some.map((failure) => failureCard(failure, pictures)));
  }
  yield markup`</ul>`;
}

async function failureCard(
  { itemId, stage, code, reason, path }: ItemFailure,
  thumbnails: Pick<Thumbnails, 'ofFile'> | undefined,
): Promise<Html> {
  // What failed sooner was not read by the run either: its path may lead anywhere.
  const isReadable = stage !== 'discover' && path !== '' && code !== 'PATH_FORBIDDEN';
  const picture = thumbnails && isReadable ? pictureTag(await pictureOf(thumbnails.ofFile(path)), '') : undefined;
  return markup`<li class="card">
${picture}
<div class="body">
<h3>${itemId}</h3>
<p class="bad">${reason}</p>
<p class="quiet"><code>${code}</code> at ${stage}</p>
<p class="quiet">${path}</p>
</div>
</li>`;
}

function duplicateSection({ duplicates, duplicateCount }: RunRecord): Html {
  if (duplicateCount === 0) return markup`<h2>Duplicates</h2><p>None found.</p>`;
  const count = duplicateCount === 1 ? '1 new item has' : `${String(duplicateCount)} new items have`;
  const first = duplicateCount > duplicates.length ? ` The first ${String(duplicates.length)}:` : '';
  return markup`<h2>Duplicates</h2>
<p>${count} the image of another one, whose vectors were taken over.${first}</p>
<ul>${duplicates.map(
    ({ itemId, path, duplicateOf }) =>
      markup`<li><code>${itemId}</code> is <code>${duplicateOf}</code> again <span class="quiet">${path}</span></li>`,
  )}</ul>`;
}

function modelSection(models: NonNullable<RunReport['models']>): Html {
  return markup`<h2>Models</h2>
<dl>${EMBEDDING_SPACES.map(
    (space) => markup`<dt>${space}</dt><dd><code>${models[space].id}</code> on ${models[space].device}</dd>`,
  )}</dl>`;
}
