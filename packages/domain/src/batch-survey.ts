import type { FashionItem } from './fashion-item.js';
import type { ListingField } from './listing-mapping.js';

/** What a batch was recognised as, and what comes of it. */
export interface BatchSurvey {
  readonly path: string;
  /** Such as `CSV`; `''` where the batch cannot be opened. */
  readonly format: string;
  /** The mapping of most of its listings, by name; `''` where there are none. */
  readonly mapping: string;
  /** Where each field was found, as in `images.src`. */
  readonly columns: Readonly<Partial<Record<ListingField, readonly string[]>>>;
  /** Columns that nothing is read from. */
  readonly unmapped: readonly string[];
  /** Columns that the user's own mapping names and the batch lacks. */
  readonly missing: readonly string[];
  readonly items: number;
  /** Listings that cannot be used, and a batch that cannot. */
  readonly failed: number;
  /** Why the first of them fails; `''` when none does. */
  readonly firstFailure: string;
  /** The first three. */
  readonly examples: readonly FashionItem[];
}
