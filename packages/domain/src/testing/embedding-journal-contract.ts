import type { EmbeddingJournal } from '../ports/embedding-journal.js';
import { withOpened, type DeclareTest, type Open } from './contract.js';
import { describeForgetting } from './embedding-journal/forgetting.js';
import { describeItems } from './embedding-journal/items.js';
import { describeRefusals } from './embedding-journal/refusals.js';
import type { Check } from './embedding-journal/samples.js';
import { describeVectors } from './embedding-journal/vectors.js';

/** What every {@link EmbeddingJournal} guarantees. `open` gives an empty one. */
export function embeddingJournalContract(test: DeclareTest, open: Open<EmbeddingJournal>): void {
  const check: Check = (name, run) => test(`embedding journal: ${name}`, () => withOpened(open(), run));

  describeVectors(check);
  describeItems(check);
  describeForgetting(check);
  describeRefusals(check);
}
