/** Why a listing passes something over. Each reads as words when its underscores are spaces. */
export type LeftOutReason =
  /** Neither its name nor, where that does not tell, its first bytes are those of an image. */
  | 'not_an_image'
  /** Nothing that items could be listed from. */
  | 'not_a_batch'
  | 'hidden'
  /** What systems and programs leave behind, by the list in the configuration. */
  | 'ignored'
  /** By a pattern of the user's. */
  | 'excluded'
  /** A symbolic link that leads out of the folder. */
  | 'leads_outside'
  | 'unreadable';

/** A file or folder that a listing passes over, and that nothing is wrong with: it becomes neither item nor fault. */
export interface LeftOut {
  readonly path: string;
  /** A folder stands for all that is in it. */
  readonly kind: 'file' | 'folder';
  readonly reason: LeftOutReason;
}

/** Told of each thing that a listing passes over. */
export type OnLeftOut = (leftOut: LeftOut) => void;

/** What was passed over for one reason, of one kind. */
export interface LeftOutCount extends Pick<LeftOut, 'kind' | 'reason'> {
  /** Of the files' names, in lower case and with its dot; `''` without one, for folders, and for whatever is too rare to
   * be told apart. */
  readonly extension: string;
  readonly count: number;
  /** The path of the first. */
  readonly example: string;
}

/** More kinds than this share a count for each reason: memory does not grow with what is left out. */
const MAX_KINDS = 200;

/** Counts what a listing passes over, by extension and reason. */
export class LeftOutTally {
  readonly #counts = new Map<string, LeftOutCount>();

  readonly add = ({ path, kind, reason }: LeftOut): void => {
    const own = kind === 'folder' ? '' : extensionOf(path);
    const isKnown = this.#counts.has(`${kind} ${reason} ${own}`);
    const extension = isKnown || this.#counts.size < MAX_KINDS ? own : '';
    const key = `${kind} ${reason} ${extension}`;
    const before = this.#counts.get(key);
    const { count, example } = before ?? { count: 0, example: path };
    this.#counts.set(key, { kind, reason, extension, count: count + 1, example });
  };

  /** The most frequent first. */
  get counts(): readonly LeftOutCount[] {
    return [...this.#counts.values()].sort((a, b) => b.count - a.count);
  }
}

/** More kinds than this are summed up for people; documents have them all. */
const KINDS_TOLD = 6;

/** Such as `12 .txt (not an image), 2 folders (ignored)`; for people, and not made safe for a terminal. */
export function leftOutText(counts: readonly LeftOutCount[]): string {
  const told = counts.slice(0, KINDS_TOLD).map(({ kind, reason, extension, count }) => {
    const things = kind === 'folder' ? (count === 1 ? 'folder' : 'folders') : extension || 'without extension';
    return `${String(count)} ${things} (${reason.replaceAll('_', ' ')})`;
  });
  const others = counts.slice(KINDS_TOLD).reduce((sum, { count }) => sum + count, 0);
  return [...told, ...(others > 0 ? [`${String(others)} more`] : [])].join(', ');
}

/** Longer ones are cut. */
const MAX_EXTENSION_CHARACTERS = 16;

function extensionOf(path: string): string {
  const [extension = ''] = /(?<=[^/\\])\.[^./\\]*$/.exec(path) ?? [];
  return [...extension.toLowerCase().toWellFormed()].slice(0, MAX_EXTENSION_CHARACTERS).join('');
}
