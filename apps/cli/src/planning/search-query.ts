import { fileURLToPath } from 'node:url';

import { InvalidArgumentError } from '@commander-js/extra-typings';
import { FashionMatchError } from '@fashionmatch/domain';
import type { Region } from '@fashionmatch/pipeline';

import type { NamedPart, SearchQuery } from '../pages/search-page.js';
import { NO_REGION, regionOf } from './region.js';

/** What of a command line says what is looked for. */
export interface NamedQuery {
  readonly paths: readonly string[];
  readonly id?: string | undefined;
  readonly text?: string | undefined;
  readonly minus: readonly string[];
  readonly weight: readonly NamedWeight[];
  readonly region?: Region | undefined;
}

export interface NamedWeight {
  readonly path: string;
  readonly weight: number;
}

/** An option that may be given several times, such as `2:photo.jpg`. */
export function partWeight(text: string, before: readonly NamedWeight[]): readonly NamedWeight[] {
  const [, weight, path] = /^(\d+(?:\.\d+)?|\.\d+):(.+)$/s.exec(text) ?? [];
  if (path !== undefined && Number(weight) > 0) return [...before, { path, weight: Number(weight) }];
  throw new InvalidArgumentError('It must look like 2:photo.jpg, with a weight above 0.');
}

/** An option that may be given several times. */
export function images(text: string, before: readonly string[]): readonly string[] {
  if (text !== '') return [...before, text];
  throw new InvalidArgumentError('It must be an image.');
}

/** An option such as `0.25,0,0.5,0.6`. */
export function region(text: string): Region {
  const region = regionOf(text);
  if (region) return region;
  throw new InvalidArgumentError(NO_REGION);
}

const ONE_THING = 'Name one thing to search for: an image file, --id with a stored id, or --text with words.';

/** One thing as it always was; several together as parts. @throws FashionMatchError `USAGE_INVALID` */
export function searchQuery({ paths, id, text, minus, weight, region }: NamedQuery): SearchQuery {
  const [path] = paths;
  const names = [...paths, ...minus];
  const stranger = weight.find((one) => !names.includes(one.path));
  if (stranger) throw invalid(`--weight names ${stranger.path}, which is not searched for.`);
  if (id !== undefined) {
    if (names.length > 0 || text !== undefined || region) throw invalid(ONE_THING);
    return { id };
  }
  if (path === undefined && text === undefined) throw invalid(ONE_THING);
  if (names.filter((name) => name === '-').length > 1) throw invalid('Standard input has one image: name - once.');
  if (region && names.length !== 1) throw invalid('--region is a part of one photo: name one.');
  const isPlain = names.length === 1 && text === undefined && weight.length === 0 && !region;
  if (isPlain && path !== undefined && isFile(path)) return { path };
  if (names.length === 0 && text !== undefined) return { text };
  const weightOf = (name: string): number => weight.find((one) => one.path === name)?.weight ?? 1;
  const parts: NamedPart[] = [
    ...paths.map((path) => ({ path, weight: weightOf(path), ...(region && { region }) })),
    ...(text === undefined ? [] : [{ text, weight: 1 }]),
    ...minus.map((path) => ({ path, weight: -weightOf(path) })),
  ];
  return { parts };
}

function isFile(name: string): boolean {
  return name !== '-' && !isAddress(name) && !name.startsWith('file://');
}

/** Whether what was named lies on the web. */
export function isAddress(name: string): boolean {
  return /^https?:\/\//i.test(name);
}

/** The path that a `file://` address means; others as they are. @throws FashionMatchError `USAGE_INVALID` */
export function pathOf(name: string): string {
  if (!name.startsWith('file://')) return name;
  try {
    return fileURLToPath(name);
  } catch (cause) {
    throw new FashionMatchError('USAGE_INVALID', `${name} names no file of this machine.`, { cause });
  }
}

function invalid(message: string): FashionMatchError {
  return new FashionMatchError('USAGE_INVALID', message);
}
