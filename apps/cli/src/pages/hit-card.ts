import type { FashionItem } from '@fashionmatch/domain';
import type { SearchResult } from '@fashionmatch/pipeline';

import { bar } from './charts.js';
import { markup, webAddress, type Html } from './html.js';
import { pictureTag, type Picture } from './picture.js';

/** A hit as an entry of a list. */
export function hitCard({ itemId, item, ...scores }: SearchResult, picture: Picture): Html {
  return markup`<li class="card">
${pictureTag(picture, item.title || itemId)}
<div class="body">
<h3>${item.title || itemId}</h3>
${priceLine(item)}
<dl class="scores">
${scoreBar('Score', 'fused', scores.similarityScore)}
${scoreBar('CLIP', 'clip', scores.clipScore)}
${scores.dinoScore === null ? undefined : scoreBar('DINOv2', 'dino', scores.dinoScore)}
</dl>
${itemLink(item)}
<p class="quiet"><code>${itemId}</code></p>
</div>
</li>`;
}

/** Price and brand, as far as they are known. */
export function priceLine({ price, currency, brand }: FashionItem): Html | undefined {
  const known = [price > 0 ? `${price.toFixed(2)} ${currency}` : '', brand].filter((text) => text !== '');
  return known.length === 0 ? undefined : markup`<p>${known.join(' · ')}</p>`;
}

/** To where the item is offered, when that is on the web. */
export function itemLink({ url }: FashionItem): Html | undefined {
  const address = webAddress(url);
  if (address === undefined) return undefined;
  return markup`<p><a href="${address}" rel="noreferrer noopener nofollow">${new URL(address).host}</a></p>`;
}

/** A cosine similarity as a number and a bar; the bar of one below 0 is empty. */
function scoreBar(name: string, kind: 'fused' | 'clip' | 'dino', score: number): Html {
  return markup`<dt>${name}</dt><dd>${bar(kind, score)}${score.toFixed(3)}</dd>`;
}
