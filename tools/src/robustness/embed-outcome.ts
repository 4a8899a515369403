import type { PerSpace } from '@fashionmatch/domain';

import type { Outcome } from '../end-to-end/running/fashionmatch-process.js';

/** What a run of `embed --json` said at its end. */
export interface EmbedSummary {
  readonly exitCode: number | null;
  readonly status: unknown;
  readonly total: number;
  readonly processed: number;
  readonly skipped: number;
  readonly failed: number;
  /** Undefined when the run could go on to its end. */
  readonly errorCode: unknown;
  /** Empty when the encoders were not known yet. */
  readonly encoderIds: PerSpace<string>;
}

/** Undefined when there is no such document, or one that is not whole. */
export function summaryOf({ exitCode, stdout }: Outcome): EmbedSummary | undefined {
  let document: unknown;
  try {
    document = JSON.parse(stdout);
  } catch {
    return undefined;
  }
  const [total, processed, skipped, failed] = ['total', 'processed', 'skipped', 'failed'].map((count) =>
    valueAt(document, 'total', `${count}_items`),
  );
  const counts = { total, processed, skipped, failed };
  if (!hasNumbers(counts)) return undefined;
  const encoderId = (space: string): string => {
    const id = valueAt(document, 'models', space, 'id');
    return typeof id === 'string' ? id : '';
  };
  return {
    ...counts,
    exitCode,
    status: valueAt(document, 'status'),
    errorCode: valueAt(document, 'error', 'code'),
    encoderIds: { clip: encoderId('clip'), dino: encoderId('dino') },
  };
}

function hasNumbers<Key extends string>(values: Record<Key, unknown>): values is Record<Key, number> {
  return Object.values(values).every((value) => typeof value === 'number');
}

function valueAt(document: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => {
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return new Map<string, unknown>(entries).get(key);
  }, document);
}
