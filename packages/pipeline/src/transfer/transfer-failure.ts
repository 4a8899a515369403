import type { ItemCode } from '@fashionmatch/domain';

/** Why one item was not exported or imported. */
export interface TransferFailure {
  /** `''` where it cannot be read. */
  readonly itemId: string;
  /** In the archive, counted from 1; undefined for an item that was not written to it. */
  readonly row?: number | undefined;
  readonly code: ItemCode;
  /** One sentence, without control characters. */
  readonly reason: string;
}
