import type { BatchSurvey, FashionItem } from '@fashionmatch/domain';

import { printable } from './printable.js';

/** Columns without a field that are named; more are counted. */
const UNMAPPED_SHOWN = 12;

/** One batch of `sources`, as lines for people. */
export function batchSurveyReport(survey: BatchSurvey): string {
  const { path, format, mapping, columns, unmapped, missing, items, failed, firstFailure, examples } = survey;
  const rest = unmapped.length > UNMAPPED_SHOWN ? ` and ${String(unmapped.length - UNMAPPED_SHOWN)} more` : '';
  const lines = [
    '',
    path,
    `  ${mapping === '' ? 'not recognised' : `${mapping} (${format})`}: ${String(items)} items, ${String(failed)} failed`,
    ...Object.entries(columns).map(([field, names]) => `  ${field.padEnd(18)}${names.join(', ')}`),
    ...(unmapped.length > 0 ? [`  not read:         ${unmapped.slice(0, UNMAPPED_SHOWN).join(', ')}${rest}`] : []),
    ...(missing.length > 0 ? [`  not there:        ${missing.join(', ')}`] : []),
    ...(firstFailure === '' ? [] : [`  first failure:    ${firstFailure}`]),
    ...examples.map(exampleLine),
  ];
  return lines.map(printable).join('\n');
}

function exampleLine({ itemId, title, price, currency, brand, scrapedAt, localImagePath }: FashionItem): string {
  const cost = price > 0 ? `${price.toFixed(2)} ${currency}`.trim() : 'no price';
  return `  - ${[itemId, title, cost, brand, scrapedAt, localImagePath].filter((text) => text !== '').join(' | ')}`;
}
