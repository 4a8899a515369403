import { normaliseWeights, type FusionWeights, type StoredItem, type VectorStore } from '@fashionmatch/domain';
import type { Region, SearchResult, Thumbnails } from '@fashionmatch/pipeline';

import { hitCard, itemLink, priceLine } from './hit-card.js';
import { markup, type Html } from './html.js';
import { page } from './page.js';
import { pictureOf, pictureTag } from './picture.js';

/** One of several things that are looked for together. A path can be an address, or `-` for standard input. */
export type NamedPart = { readonly weight: number } & (
  { readonly path: string; readonly region?: Region } | { readonly text: string }
);

/** What is looked for: the look-alikes of an image file or of a stored item, what a text says, or several of these. */
export type SearchQuery =
  | { readonly path: string }
  | { readonly id: string }
  | { readonly text: string }
  | { readonly parts: readonly NamedPart[] };

/** How it was looked for. */
export interface PageConditions {
  readonly topK: number;
  /** As used: in any ratio. Undefined for a text, which only CLIP understands. */
  readonly weights: FusionWeights | undefined;
  readonly where: string | undefined;
  readonly minScore: number | undefined;
  readonly exact: boolean;
}

/** Where items and their pictures come from. */
export interface PageSources {
  readonly store: Pick<VectorStore, 'getByIds'>;
  readonly thumbnails: Pick<Thumbnails, 'ofFile' | 'ofItem'>;
}

/** With their pictures, about 5 MB. */
const MAX_HITS = 500;
const DRAWN_AT_ONCE = 8;

/** The query beside its hits, as the text of a self-contained page. */
export function searchPage(
  query: SearchQuery,
  conditions: PageConditions,
  hits: readonly SearchResult[],
  sources: PageSources,
): AsyncGenerator<string> {
  const title = titleOf(query);
  return page(title, searchMain(title, query, conditions, hits, sources));
}

async function* searchMain(
  title: string,
  query: SearchQuery,
  conditions: PageConditions,
  hits: readonly SearchResult[],
  sources: PageSources,
): AsyncGenerator<Html> {
  yield markup`<h1>${title}</h1>
<div class="beside">
<section aria-label="What was looked for">
${await queryCard(query, sources)}
<h2>How</h2>
${conditionList(conditions)}
</section>
<section aria-label="Look-alikes">
<p>${countLine(hits.length)}</p>
<ol class="cards">`;
  const shown = hits.slice(0, MAX_HITS);
  for (let at = 0; at < shown.length; at += DRAWN_AT_ONCE) {
    yield* await hitCards(shown.slice(at, at + DRAWN_AT_ONCE), sources);
  }
  yield markup`</ol>
</section>
</div>`;
}

function titleOf(query: SearchQuery): string {
  if ('path' in query) return `Look-alikes of ${query.path}`;
  if ('parts' in query) return query.parts.map(partName).join(' ');
  return 'id' in query ? `Look-alikes of ${query.id}` : `“${query.text}”`;
}

/** Such as `a.jpg + 2 × b.jpg + “red” - c.jpg` together. */
function partName(part: NamedPart, place: number): string {
  const name = 'text' in part ? `“${part.text}”` : part.path;
  const weight = Math.abs(part.weight);
  const sign = part.weight < 0 ? '− ' : place > 0 ? '+ ' : '';
  return `${sign}${weight === 1 ? '' : `${String(weight)} × `}${name}`;
}

function countLine(count: number): string {
  if (count === 0) return 'No items found.';
  const found = count === 1 ? '1 item, ' : `${String(count)} items, the best first, `;
  return `${found}with cosine similarities${count > MAX_HITS ? `; the first ${String(MAX_HITS)} are shown` : ''}.`;
}

async function queryCard(query: SearchQuery, { store, thumbnails }: PageSources): Promise<Html | undefined> {
  if ('text' in query || 'parts' in query) return undefined;
  if ('path' in query) {
    const picture = await pictureOf(thumbnails.ofFile(query.path));
    return markup`<div class="card">${pictureTag(picture, 'The photograph that was looked for')}</div>`;
  }
  const [stored] = await store.getByIds([query.id]);
  if (!stored) return undefined;
  const { item } = stored;
  return markup`<div class="card">
${pictureTag(await pictureOf(thumbnails.ofItem(stored)), item.title || item.itemId)}
<div class="body"><h2>${item.title || item.itemId}</h2>${priceLine(item)}${itemLink(item)}</div>
</div>`;
}

function conditionList({ topK, weights, where, minScore, exact }: PageConditions): Html {
  const rows: [string, string | undefined][] = [
    ['At most', `${String(topK)} items`],
    ['Weights', weights ? weightsText(normaliseWeights(weights)) : 'CLIP alone'],
    ['Filter', where ?? 'none'],
    ['Lowest score', minScore?.toString()],
    ['Compared', exact ? 'with every stored item' : 'through the index'],
  ];
  const present = rows.filter(([, value]) => value !== undefined);
  return markup`<dl>${present.map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function weightsText({ clip, dino }: FusionWeights): string {
  return `CLIP ${clip.toFixed(2)}, DINOv2 ${dino.toFixed(2)}`;
}

async function hitCards(hits: readonly SearchResult[], { store, thumbnails }: PageSources): Promise<Html[]> {
  const stored = await store.getByIds(hits.map(({ itemId }) => itemId));
  const byId = new Map<string, StoredItem>(stored.map((one) => [one.item.itemId, one]));
  return Promise.all(
    hits.flatMap((hit) => {
      const found = byId.get(hit.itemId);
      // Removed since it was found.
      return found ? [pictureOf(thumbnails.ofItem(found)).then((picture) => hitCard(hit, picture))] : [];
    }),
  );
}
