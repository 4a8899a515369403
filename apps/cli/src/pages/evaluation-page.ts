import { isNoise, type StoredItem } from '@fashionmatch/domain';
import { queryImagePath, type EvaluatedQuery } from '@fashionmatch/pipeline';

import type { FinishedEvaluation } from '../documents/evaluation-document.js';
import { markup, type Html } from './html.js';
import { page } from './page.js';
import { pictureOf, pictureTag } from './picture.js';
import type { PageSources } from './search-page.js';

type Comparison = NonNullable<FinishedEvaluation['comparison']>;

const WORST_SHOWN = 20;
const HITS_SHOWN = 6;

export interface EvaluationPageSources extends PageSources {
  /** Where the images lie that queries name. */
  readonly imageFolder: string;
}

/** The figures, and the queries that fared worst with their first hits as pictures; self-contained. */
export function evaluationPage(
  finished: FinishedEvaluation,
  rankedBy: string,
  sources: EvaluationPageSources,
): AsyncGenerator<string> {
  return page('How good the search is', evaluationMain(finished, rankedBy, sources));
}

async function* evaluationMain(
  { evaluation, depth, comparison }: FinishedEvaluation,
  rankedBy: string,
  sources: EvaluationPageSources,
): AsyncGenerator<Html> {
  const { metrics, queries, failures } = evaluation;
  const others = new Map(comparison?.evaluation.queries.map((one) => [one.query, one]));
  const count = `${String(queries.length)} queries; mrr and map look at ${String(depth)} hits.`;
  const failed = failures.length > 0 ? ` ${String(failures.length)} more could not be tried.` : '';
  yield markup`<h1>How good the search is</h1>
<p>${count}${failed}</p>
<table>
<thead><tr><th scope="col">Metric</th><th scope="col">Mean</th><th scope="col">95 % interval</th></tr></thead>
<tbody>
${Object.entries(metrics).map(
  ([name, { mean, low, high }]) =>
    markup`<tr><th scope="row">${name}</th><td>${mean.toFixed(3)}</td><td>${low.toFixed(3)} to ${high.toFixed(3)}</td></tr>`,
)}
</tbody>
</table>
${comparison ? comparisonSection(comparison) : []}
<h2>The queries with the lowest ${rankedBy}</h2>`;
  const value = ({ metrics }: EvaluatedQuery): number => metrics[rankedBy] ?? 0;
  for (const query of queries.toSorted((a, b) => value(a) - value(b)).slice(0, WORST_SHOWN)) {
    yield* querySection(query, value(query), sources);
    const other = others.get(query.query);
    if (comparison && other) yield* hitsSection(`${comparison.config}: ${value(other).toFixed(3)}`, other, sources);
  }
}

async function* querySection(
  { query, relevant, first }: EvaluatedQuery,
  value: number,
  { store, thumbnails, imageFolder }: EvaluationPageSources,
): AsyncGenerator<Html> {
  const [own] = await store.getByIds([query]);
  const picture = await pictureOf(own ? thumbnails.ofItem(own) : thumbnails.ofFile(queryImagePath(imageFolder, query)));
  const right = relevant === 1 ? '1 right answer' : `${String(relevant)} right answers`;
  yield markup`<section>
<h3>${own?.item.title ?? query}</h3>
<p>${value.toFixed(3)}, ${right}</p>
<ol class="cards">
<li class="card">${pictureTag(picture, 'The query')}<div class="body"><p>Query</p></div></li>`;
  yield* hitCards(first, { store, thumbnails });
  yield markup`</ol>
</section>`;
}

/** What the other store finds for the same query. */
async function* hitsSection(
  title: string,
  { first }: EvaluatedQuery,
  sources: EvaluationPageSources,
): AsyncGenerator<Html> {
  yield markup`<section>
<h4>${title}</h4>
<ol class="cards">`;
  yield* hitCards(first, sources);
  yield markup`</ol>
</section>`;
}

/** An item that this store does not have, as one that only the other one has, or that was removed, is told of by its id. */
async function* hitCards(first: EvaluatedQuery['first'], { store, thumbnails }: PageSources): AsyncGenerator<Html> {
  const shown = first.slice(0, HITS_SHOWN);
  const stored = await store.getByIds(shown.map(({ itemId }) => itemId));
  const byId = new Map<string, StoredItem>(stored.map((one) => [one.item.itemId, one]));
  for (const { itemId, isRight } of shown) {
    const hit = byId.get(itemId);
    const picture = hit && pictureTag(await pictureOf(thumbnails.ofItem(hit)), hit.item.title || itemId);
    yield markup`<li class="card">${picture}
<div class="body"><p>${isRight ? '✓ right' : '✗ wrong'}</p><p class="quiet"><code>${itemId}</code></p></div></li>`;
  }
}

/** How the figures differ, and whether chance would do as much. */
function comparisonSection({ config, queries, differences, evaluation }: Comparison): Html {
  return markup`<h2>Compared with ${config}</h2>
<p>Of ${String(queries)} queries that both tried; a change is what ${config} gains over this one.</p>
<table>
<thead><tr><th scope="col">Metric</th><th scope="col">There</th><th scope="col">Change</th><th scope="col">95 % interval</th></tr></thead>
<tbody>
${Object.entries(differences).map(([name, difference]) => {
  const { mean, low, high } = difference;
  const there = evaluation.metrics[name]?.mean.toFixed(3) ?? '';
  const interval = `${low.toFixed(3)} to ${high.toFixed(3)}${isNoise(difference) ? ', noise' : ''}`;
  return markup`<tr><th scope="row">${name}</th><td>${there}</td><td>${mean.toFixed(3)}</td><td>${interval}</td></tr>`;
})}
</tbody>
</table>`;
}
