import {
  assertedTests,
  isTextField,
  type FilterTest,
  type MetadataFilter,
  type VectorStore,
} from '@fashionmatch/domain';

import type { FilterHint } from './filter-hint.js';
import { ItemColumns } from './item-columns.js';
import type { KeptColumns } from './kept-columns.js';
import { MAX_VALUES } from './neighbours.js';
import { orderHint, type OrderTest } from './order-hint.js';
import { isOfText, textHint, type TextTest } from './text-hint.js';

/** Longer filters are no slip of the pen. */
const MAX_HINTS = 3;

type HintedStore = Pick<VectorStore, 'count' | 'distinctValues' | 'listItems'>;

/**
 * What of a filter no stored item meets, for a search that found nothing: of texts first, which are what is mistyped. None
 * where there are too many items to keep their values.
 */
export async function filterHints(
  store: HintedStore,
  kept: Pick<KeptColumns, 'read'>,
  filter: MetadataFilter,
): Promise<FilterHint[]> {
  const known = await kept.read();
  let read: Promise<ItemColumns | undefined> | undefined;
  const hint = async (test: TextTest | OrderTest): Promise<FilterHint | undefined> => {
    // A store that cannot tell when it changes is asked for few names rather than for all items.
    if (known === undefined && isOfText(test)) {
      const { field } = test;
      const names = await store.distinctValues(field, MAX_VALUES);
      if (names) return textHint(test, names, (values) => store.count({ op: 'in', field, values }));
    }
    const columns = known ?? (await (read ??= ItemColumns.of(store.listItems())));
    const stored = await columns?.column(test.field);
    if (stored === undefined) return undefined;
    if (!isOfText(test)) return orderHint(test, stored);
    return textHint(test, stored.values, (values) => values.reduce((sum, value) => sum + stored.count(value), 0));
  };
  const hints: FilterHint[] = [];
  const tests = assertedTests(filter);
  for (const test of [...tests.filter(isOfText), ...tests.filter(isOfOrder)]) {
    const given = hints.length < MAX_HINTS ? await hint(test) : undefined;
    if (given) hints.push(given);
  }
  return hints;
}

const isOfOrder = (test: FilterTest): test is OrderTest => !isTextField(test.field);
