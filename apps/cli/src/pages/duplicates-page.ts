import type { DuplicateGroup, DuplicateReport, OpenedDuplicates } from '@fashionmatch/pipeline';

import { itemLink, priceLine } from './hit-card.js';
import { markup, type Html } from './html.js';
import { page } from './page.js';
import { pictureOf, pictureTag } from './picture.js';

/** With their pictures, some megabytes. */
const GROUPS_SHOWN = 100;
const ITEMS_SHOWN = 8;

/** The groups with their pictures; self-contained. */
export function duplicatesPage(
  report: DuplicateReport,
  sources: Pick<OpenedDuplicates, 'thumbnails'>,
): AsyncGenerator<string> {
  return page('Copies', duplicatesMain(report, sources));
}

async function* duplicatesMain(
  { items, groups, thresholds }: DuplicateReport,
  sources: Pick<OpenedDuplicates, 'thumbnails'>,
): AsyncGenerator<Html> {
  const scores = `CLIP ${thresholds.clip.toFixed(3)} and DINOv2 ${thresholds.dino.toFixed(3)}`;
  const left = groups.length - GROUPS_SHOWN;
  yield markup`<h1>Copies</h1>
<p>${groups.length} groups among ${items} items; pictures from ${scores} on are near-copies.${
    left > 0 ? ` The largest ${String(GROUPS_SHOWN)} are shown.` : ''
  }</p>`;
  for (const group of groups.slice(0, GROUPS_SHOWN)) yield await groupSection(group, sources);
}

async function groupSection(
  { kind, isRelist, items }: DuplicateGroup,
  { thumbnails }: Pick<OpenedDuplicates, 'thumbnails'>,
): Promise<Html> {
  const cards = items.slice(0, ITEMS_SHOWN).map(async (stored) => {
    const { item } = stored;
    const seller = item.sellerId === '' ? undefined : markup`<p>${item.sellerId}</p>`;
    return markup`<li class="card">${pictureTag(await pictureOf(thumbnails.ofItem(stored)), item.title || item.itemId)}
<div class="body"><h3>${item.title || item.itemId}</h3>${priceLine(item)}${seller}${itemLink(item)}
<p class="quiet"><code>${item.itemId}</code></p></div></li>`;
  });
  const left = items.length - ITEMS_SHOWN;
  const name = `${kind === 'exact' ? 'The same picture' : 'Near-copies'}${isRelist ? ', offered again' : ''}`;
  return markup`<section>
<h2>${name}: ${items.length} items</h2>
<ol class="cards">
${await Promise.all(cards)}
</ol>
${left > 0 ? markup`<p>And ${left} more.</p>` : undefined}
</section>`;
}
