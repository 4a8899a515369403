import type { ItemFailure, Logger, ProgressEvent, ProgressReporter } from '@fashionmatch/domain';

/** For so long failures are held back, in milliseconds: those of one kind then share a line. */
const INTERVAL_MS = 60_000;

const EXAMPLES = 10;

/** More kinds than this are told, and forgotten. */
const MAX_KINDS = 1_000;

/** Failures that differ in nothing but the item and the value that was found. */
interface FailureKind {
  readonly verb: 'Failed' | 'Passed over an image of';
  readonly stage: ItemFailure['stage'];
  readonly code: ItemFailure['code'];
  readonly reason: string;
  count: number;
  told: number;
  /** Of those that were not told yet. */
  examples: ItemFailure[];
}

/**
 * Logs what fails: a line for each kind of failure, with how many there are and some of them. In a long run a kind is
 * told again when it has doubled; memory does not grow with the failures.
 */
export function failureLog(logger: Logger, now = (): number => performance.now()): ProgressReporter {
  const kinds = new Map<string, FailureKind>();
  let toldAt = 0;
  const tell = (isEnough: (kind: FailureKind) => boolean): void => {
    toldAt = now();
    for (const kind of kinds.values()) if (kind.count > kind.told && isEnough(kind)) tellKind(kind, logger);
  };
  return {
    report(event: ProgressEvent): void {
      if (event.type === 'planned') toldAt = now();
      if (event.type === 'item-failed') note('Failed', event.failure, kinds);
      if (event.type === 'image-passed-over') note('Passed over an image of', event.failure, kinds);
      if (event.type === 'source-finished' || kinds.size > MAX_KINDS) {
        tell(() => true);
        kinds.clear();
      } else if (now() - toldAt >= INTERVAL_MS) {
        tell(({ count, told }) => count >= 2 * told);
      }
    },
  };
}

/** What failed, as its user knows it: a file by its path, a listing by its id and where it stands. */
function failedSubject({ itemId, source, code, path }: ItemFailure): string {
  if (source === 'references' || code === 'BATCH_INVALID') return path || itemId;
  return path === '' ? `listing ${itemId}` : `listing ${itemId}, ${path}`;
}

function note(verb: FailureKind['verb'], failure: ItemFailure, kinds: Map<string, FailureKind>): void {
  const { source, stage, code } = failure;
  const reason = generalReason(failure);
  // Sizes and places in a file make no kind of their own.
  const key = [verb, source, stage, code, reason.replace(/\d+/g, '0')].join(' ');
  const kind = kinds.get(key) ?? { verb, stage, code, reason, count: 0, told: 0, examples: [] };
  kind.count++;
  if (kind.examples.length < EXAMPLES) kind.examples.push(failure);
  kinds.set(key, kind);
}

/** The reason without the value that was found. */
function generalReason({ reason, value }: ItemFailure): string {
  const end = `: ${value ?? ''}`;
  return value !== undefined && reason.endsWith(end) ? reason.slice(0, -end.length) : reason;
}

function tellKind(kind: FailureKind, logger: Logger): void {
  const { verb, stage, code, reason, count, told, examples } = kind;
  const untold = count - told;
  kind.told = count;
  kind.examples = [];
  const [first] = examples;
  if (untold === 1 && first) {
    const { itemId, path } = first;
    const fields = { item_id: itemId, stage, code, path };
    logger.warn(`${verb} ${failedSubject(first)} (${stage}): ${first.reason}`, fields);
    return;
  }
  const others = untold - examples.length;
  const named = examples.map((one) => failedSubject(one) + (one.value === undefined ? '' : ` (${one.value})`));
  const list = `${named.join('; ')}${others > 0 ? `; and ${String(others)} more` : ''}`;
  const many = told > 0 ? `${String(untold)} more, ${String(count)} in all` : `${String(count)} items`;
  logger.warn(`${verb} ${many} (${stage}): ${reason}: ${list}`, {
    stage,
    code,
    count,
    item_ids: examples.map(({ itemId }) => itemId),
  });
}
