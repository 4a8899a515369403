import type { StoredItem } from '@fashionmatch/domain';
import { queryImagePath, type EvaluatedQuery } from '@fashionmatch/pipeline';

import type { FinishedEvaluation } from '../documents/evaluation-document.js';
import { markup, type Html } from './html.js';
import { page } from './page.js';
import { pictureOf, pictureTag, type Picture } from './picture.js';
import type { PageSources } from './search-page.js';

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
  { evaluation, depth }: FinishedEvaluation,
  rankedBy: string,
  sources: EvaluationPageSources,
): AsyncGenerator<Html> {
  const { metrics, queries, failures } = evaluation;
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
<h2>The queries with the lowest ${rankedBy}</h2>`;
  const value = ({ metrics }: EvaluatedQuery): number => metrics[rankedBy] ?? 0;
  for (const query of queries.toSorted((a, b) => value(a) - value(b)).slice(0, WORST_SHOWN)) {
    yield* querySection(query, value(query), sources);
  }
}

async function* querySection(
  { query, relevant, first }: EvaluatedQuery,
  value: number,
  { store, thumbnails, imageFolder }: EvaluationPageSources,
): AsyncGenerator<Html> {
  const shown = first.slice(0, HITS_SHOWN);
  const stored = await store.getByIds([query, ...shown.map(({ itemId }) => itemId)]);
  const byId = new Map<string, StoredItem>(stored.map((one) => [one.item.itemId, one]));
  const own = byId.get(query);
  const picture = await pictureOf(own ? thumbnails.ofItem(own) : thumbnails.ofFile(queryImagePath(imageFolder, query)));
  const right = relevant === 1 ? '1 right answer' : `${String(relevant)} right answers`;
  yield markup`<section>
<h3>${own?.item.title ?? query}</h3>
<p>${value.toFixed(3)}, ${right}</p>
<ol class="cards">
<li class="card">${pictureTag(picture, 'The query')}<div class="body"><p>Query</p></div></li>`;
  for (const { itemId, isRight } of shown) {
    const hit = byId.get(itemId);
    if (hit) yield hitCard(hit, await pictureOf(thumbnails.ofItem(hit)), isRight);
  }
  yield markup`</ol>
</section>`;
}

function hitCard({ item }: StoredItem, picture: Picture, isRight: boolean): Html {
  return markup`<li class="card">${pictureTag(picture, item.title || item.itemId)}
<div class="body"><p>${isRight ? '✓ right' : '✗ wrong'}</p><p class="quiet"><code>${item.itemId}</code></p></div></li>`;
}
