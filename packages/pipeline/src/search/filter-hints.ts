import {
  assertedTests,
  foldText,
  isTextField,
  valueTest,
  writtenFieldName,
  type FilterTest,
  type MetadataFilter,
  type TextFilterField,
  type VectorStore,
} from '@fashionmatch/domain';
import leven, { closestMatch } from 'leven';

import type { FilterHint } from './filter-hint.js';
import { MAX_VALUES } from './neighbours.js';
import { orderHints, type OrderTest } from './order-hints.js';

/** Longer filters are no slip of the pen. */
const MAX_HINTS = 3;

/** Of longer texts, the beginnings are compared. */
const COMPARED_LENGTH = 100;

const OPERATORS = { alike: '=', contains: '~', eq: '==', in: '==' } as const;

type TextTest = Extract<FilterTest, { readonly op: 'alike' | 'contains' | 'eq' | 'in' }> & {
  readonly field: TextFilterField;
};

/**
 * What of a filter no stored item meets, for a search that found nothing. Texts that have more than some thousand
 * different values, as titles of large stores have, are passed over.
 */
export async function filterHints(
  store: Pick<VectorStore, 'count' | 'distinctValues' | 'listItems'>,
  filter: MetadataFilter,
): Promise<FilterHint[]> {
  const tests = assertedTests(filter);
  const ofTexts = await textHints(store, tests.filter(isOfText));
  if (ofTexts.length === MAX_HINTS) return ofTexts;
  return [...ofTexts, ...(await orderHints(store, tests.filter(isOfOrder)))].slice(0, MAX_HINTS);
}

async function textHints(
  store: Pick<VectorStore, 'count' | 'distinctValues'>,
  tests: readonly TextTest[],
): Promise<FilterHint[]> {
  const hints: FilterHint[] = [];
  for (const test of tests) {
    if (hints.length === MAX_HINTS) break;
    const values = (await store.distinctValues(test.field, MAX_VALUES))?.filter((value) => value !== '');
    const meets = valueTest(test);
    if (values === undefined || values.length === 0 || values.some((value) => meets(value))) continue;
    const { field } = test;
    const { asked, alike } = nearestOf(test, values);
    const [nearest = ''] = alike;
    const items = await store.count({ op: 'in', field, values: OPERATORS[test.op] === '==' ? [nearest] : alike });
    hints.push({ field: writtenFieldName(field), operator: OPERATORS[test.op], asked, nearest, items });
  }
  return hints;
}

const isOfOrder = (test: FilterTest): test is OrderTest => !isTextField(test.field);

const isOfText = (test: FilterTest): test is TextTest => isTextField(test.field) && Object.hasOwn(OPERATORS, test.op);

const askedOf = (test: TextTest): string[] => ('values' in test ? test.values : [test.value]).map(String);

/**
 * What was asked for and the stored values, all alike, that it takes the fewest changes to; of equals, the first. What is
 * to be contained is compared with their words, too.
 */
function nearestOf(test: TextTest, values: readonly string[]): { asked: string; alike: readonly string[] } {
  const byPart = new Map<string, string[]>();
  for (const value of values) {
    const whole = comparedOf(value);
    const parts = test.op === 'contains' ? [whole, ...whole.split(/\s+/)] : [whole];
    for (const part of new Set(parts)) byPart.set(part, [...(byPart.get(part) ?? []), value]);
  }
  const pairs = askedOf(test).map((asked) => {
    const compared = comparedOf(asked);
    const nearest = closestMatch(compared, [...byPart.keys()]) ?? '';
    return { asked, alike: byPart.get(nearest) ?? [], distance: leven(compared, nearest) };
  });
  return pairs.sort((one, other) => one.distance - other.distance)[0] ?? { asked: '', alike: [] };
}

const comparedOf = (text: string): string => foldText(text).slice(0, COMPARED_LENGTH);
