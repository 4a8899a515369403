import type { VectorStore } from '@fashionmatch/domain';

/** Whether nothing is stored. Asks for the first ids alone: to count, a store compares all ids of both collections. */
export async function isEmptyStore(store: Pick<VectorStore, 'getAllIds'>): Promise<boolean> {
  return (await firstOf(store.getAllIds())) === undefined;
}

async function firstOf<T>(values: AsyncIterable<T>): Promise<T | undefined> {
  for await (const value of values) return value;
  return undefined;
}
