import type { PerSpace } from '../embedding.js';
import type { VectorStore } from '../ports/vector-store.js';
import { withOpened, type DeclareTest, type Open } from './contract.js';
import { describeReading } from './vector-store/reading.js';
import { describeRefusals } from './vector-store/refusals.js';
import { DIMENSIONS, type Check } from './vector-store/samples.js';
import { describeSearch } from './vector-store/search.js';
import { describeWriting } from './vector-store/writing.js';

/** What every {@link VectorStore} guarantees. `open` gives an empty store for vectors of these dimensions. */
export function vectorStoreContract(test: DeclareTest, open: Open<VectorStore, PerSpace<number>>): void {
  const check: Check = (name, run) => test(`vector store: ${name}`, () => withOpened(open(DIMENSIONS), run));

  describeReading(check);
  describeWriting(check);
  describeRefusals(check);
  describeSearch(check);
}
