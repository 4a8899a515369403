import { InvalidArgumentError } from '@commander-js/extra-typings';

import { requireLogFile } from '../terminal/log-file.js';

/** The help of an archive's name. */
export const ARCHIVE_FILE = 'NAME.parquet, or NAME.npy for NAME.clip.npy, NAME.dino.npy, NAME.jsonl and NAME.json';

// What options may be, read from what was typed. Each throws InvalidArgumentError with the rule.

/** `5` items, or `10%` of the listing. */
export function failureLimit(text: string): number | { share: number } {
  const [, number = '', percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  if (percent === '%' && Number(number) <= 100) return { share: Number(number) / 100 };
  if (percent === '' && Number.isSafeInteger(Number(number))) return Number(number);
  throw new InvalidArgumentError('It must be a whole number, or a percentage such as 10%.');
}

export function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${String(minimum)} to ${String(maximum)}.`);
  };
}

/** An option that may be given several times. */
export function globs(text: string, before: readonly string[]): readonly string[] {
  if (text !== '') return [...before, text];
  throw new InvalidArgumentError('It must be a pattern such as "*.png" or drafts.');
}

/** An option that may be given several times. */
export function folders(text: string, before: readonly string[]): readonly string[] {
  if (text !== '') return [...before, text];
  throw new InvalidArgumentError('It must be a folder.');
}

interface Root {
  readonly from: string;
  readonly to: string;
}

/** An option that may be given several times: `FROM=TO`, or a folder that is at the same place on both machines. */
export function workerRoots(text: string, before: readonly Root[]): readonly Root[] {
  const [from = '', to = from] = text.split('=', 2);
  if (from !== '' && to !== '') return [...before, { from, to }];
  throw new InvalidArgumentError('It must look like /srv/photos=/mnt/photos.');
}

/** Where a coordinator serves its images: no user, password, query or fragment. */
export function coordinatorAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url && /^https?:$/.test(url.protocol) && url.username + url.password + url.search + url.hash === '';
  if (isPlain) return url.href;
  throw new InvalidArgumentError('It must look like http://coordinator:7070.');
}

const MOST_SHARDS = 10_000;

/** `2/8` is the second of eight parts. */
export function shard(text: string): { readonly index: number; readonly count: number } {
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  const isPart = index !== undefined && count !== undefined && index >= 1 && index <= count && count <= MOST_SHARDS;
  if (isPart) return { index, count };
  throw new InvalidArgumentError('It must look like 2/8, the second of eight parts.');
}

export function score(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= -1 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from -1 to 1.');
}

export function percentage(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < 100) return value;
  throw new InvalidArgumentError('It must be a number from 0 to less than 100.');
}

export function fusionWeights(text: string): { clip: number; dino: number } {
  const match = /^clip=(\d+(?:\.\d+)?|\.\d+),dino=(\d+(?:\.\d+)?|\.\d+)$/.exec(text);
  const [clip, dino] = [Number(match?.[1]), Number(match?.[2])];
  if (clip + dino > 0) return { clip, dino };
  throw new InvalidArgumentError('It must look like clip=0.6,dino=0.4, not both 0.');
}

/** Made here already: a log that cannot be written is found out before anything begins. */
export function logFilePath(path: string): string {
  try {
    requireLogFile(path);
    return path;
  } catch (error) {
    throw new InvalidArgumentError(`It cannot be written: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
