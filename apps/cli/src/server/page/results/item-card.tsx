import type { JSX } from 'preact';

import { Link } from '../address/navigation.js';
import type { ItemDocument } from '../api/documents.js';
import { printable } from '../api/printable.js';
import { Picture } from './picture.js';

interface ItemCardProps {
  readonly item: ItemDocument;
  /** What follows when somebody asks for its look-alikes. */
  readonly onLookAlikes?: () => void;
}

/** An item in a list: the whole card opens it; the links below lie above that. */
export function ItemCard({ item, onLookAlikes }: ItemCardProps): JSX.Element {
  const title = titleOf(item);
  return (
    <li class="card item">
      <Picture address={item.picture} />
      <div class="body">
        <h3>
          <Link to={{ item: item.item_id }} class="open">
            {title}
          </Link>
        </h3>
        <p class="price">{summaryOf(item)}</p>
        <Scores item={item} />
        <p class="ways">
          <Link
            to={{ view: 'items', query: { kind: 'item', id: item.item_id }, page: 1, item: undefined }}
            label={`Look-alikes of ${title}`}
            {...(onLookAlikes && { onFollow: onLookAlikes })}
          >
            Look-alikes
          </Link>
          <Shop item={item} />
        </p>
      </div>
    </li>
  );
}

/** The way to where it is offered. */
export function Shop({ item: { url } }: { readonly item: ItemDocument }): JSX.Element | null {
  if (url === null || !/^https?:/.test(url) || !URL.canParse(url)) return null;
  return (
    <a href={url} rel="noreferrer noopener nofollow">
      {printable(new URL(url).host)}
    </a>
  );
}

export function titleOf(item: ItemDocument): string {
  return printable(item.title || item.item_id);
}

export function priceOf({ price, currency }: ItemDocument): string {
  return price > 0 ? printable(`${price.toFixed(2)} ${currency}`).trim() : '';
}

function summaryOf(item: ItemDocument): string {
  const { copies: count = 0 } = item;
  const copies = count > 0 && `+${String(count)} ${count === 1 ? 'copy' : 'copies'}`;
  return printable([priceOf(item), item.brand, copies].filter(Boolean).join(' · '));
}

const SCORES = [
  ['Score', 'fused', 'similarity_score'],
  ['CLIP', 'clip', 'clip_score'],
  ['DINOv2', 'dino', 'dino_score'],
] as const;

function Scores({ item }: { readonly item: ItemDocument }): JSX.Element | null {
  const bars = SCORES.flatMap(([name, kind, field]) => {
    const score = item[field];
    return typeof score === 'number' ? [<ScoreBar key={kind} name={name} kind={kind} score={score} />] : [];
  });
  return bars.length === 0 ? null : <dl class="scores">{bars}</dl>;
}

interface ScoreBarProps {
  readonly name: string;
  readonly kind: string;
  readonly score: number;
}

function ScoreBar({ name, kind, score }: ScoreBarProps): JSX.Element {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <svg class="bar" aria-hidden="true">
          <rect class={kind} height="100%" width={`${String(Math.max(0, score) * 100)}%`} />
        </svg>
        <span>{score.toFixed(3)}</span>
      </dd>
    </>
  );
}
