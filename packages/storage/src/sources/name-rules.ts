import { relative, sep } from 'node:path';

import type { LeftOutReason } from '@fashionmatch/domain';
import picomatch from 'picomatch';

/** Which files and folders of a source are passed over because of their names. */
export interface NameRules {
  /** Patterns of what systems and programs leave behind. */
  readonly ignore?: readonly string[] | undefined;
  /**
   * Patterns of what is not wanted. One without a slash is for a name at any depth, one with a slash for a path below
   * the source's folder; a folder stands for all that is in it. The case of letters makes no difference.
   */
  readonly exclude?: readonly string[] | undefined;
  /** Lists names that begin with a dot as well. */
  readonly includeHidden?: boolean | undefined;
}

/**
 * Why a file or folder is passed over; undefined when it is not.
 *
 * @param path Below the source's folder, with slashes.
 */
export type PassedOver = (path: string) => LeftOutReason | undefined;

export function passedOver({ ignore = [], exclude = [], includeHidden = false }: NameRules): PassedOver {
  const [isIgnored, isExcluded] = [matcherOf(ignore), matcherOf(exclude)];
  return (path) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (isIgnored(path, name)) return 'ignored';
    if (isExcluded(path, name)) return 'excluded';
    return !includeHidden && name.startsWith('.') ? 'hidden' : undefined;
  };
}

/** Whether a path in some folders is passed over in each of those that hold it; the folders themselves never are. */
export function passedOverIn(folders: readonly string[], rules: NameRules): (path: string) => boolean {
  const whyNot = passedOver(rules);
  return (path) => {
    const below = folders.map((folder) => relative(folder, path)).filter((place) => !/^\.\.(?:[\\/]|$)/.test(place));
    return below.length > 0 && below.every((place) => place !== '' && whyNot(place.replaceAll(sep, '/')) !== undefined);
  };
}

/** Two expressions for all the patterns: with one for each, a large folder takes seconds. */
function matcherOf(patterns: readonly string[]): (path: string, name: string) => boolean {
  const bare = patterns.map((pattern) => pattern.replace(/\/+$/, ''));
  const ofNames = anyOf(bare.filter((pattern) => !pattern.includes('/')));
  const ofPaths = anyOf(bare.filter((pattern) => pattern.includes('/')));
  return (path, name) => (ofNames?.test(name) ?? false) || (ofPaths?.test(path) ?? false);
}

function anyOf(patterns: readonly string[]): RegExp | undefined {
  if (patterns.length === 0) return undefined;
  const options = { dot: true, nonegate: true, windows: false };
  const sources = patterns.map((pattern) => picomatch.makeRe(pattern.replace(/^\.?\//, ''), options).source);
  return new RegExp(sources.join('|'), 'i');
}
