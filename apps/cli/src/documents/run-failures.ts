import { appendFileSync, createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FAILURES_KEPT, type ItemFailure } from '@fashionmatch/domain';

import { jsonText } from './json-text.js';
import { failureDocument } from './result-document.js';

/** Lines written at once: a millisecond's work. */
const WRITTEN_AT_ONCE = 1_000;

export interface RunFailuresOptions {
  /** Whether all of them will be asked for, or only those that are kept. */
  readonly asLines: boolean;
  /** Failures in memory. */
  readonly keep?: number;
}

/** The failures of a run. Memory does not grow with them: those that are not kept wait as lines in a temporary file. */
export class RunFailures implements Disposable {
  /** The first of them. */
  readonly kept: ItemFailure[] = [];
  readonly #keep: number;
  readonly #asLines: boolean;
  #folder: string | undefined;
  #unwritten: string[] = [];
  #count = 0;

  constructor({ asLines, keep = FAILURES_KEPT }: RunFailuresOptions) {
    this.#asLines = asLines;
    this.#keep = keep;
  }

  get count(): number {
    return this.#count;
  }

  add(failure: ItemFailure): void {
    this.#count++;
    if (this.kept.length < this.#keep) this.kept.push(failure);
    else if (this.#asLines && this.#unwritten.push(lineOf(failure)) >= WRITTEN_AT_ONCE) this.#write();
  }

  /** All of them, a JSON object a line; in pieces of any length. */
  async *lines(): AsyncGenerator<string> {
    for (let at = 0; at < this.kept.length; at += WRITTEN_AT_ONCE) {
      yield this.kept
        .slice(at, at + WRITTEN_AT_ONCE)
        .map(lineOf)
        .join('');
    }
    if (this.#folder !== undefined) yield* createReadStream(this.#path(this.#folder), 'utf8');
    yield this.#unwritten.join('');
  }

  [Symbol.dispose](): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true });
  }

  #write(): void {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'fashionmatch-failures-'));
    appendFileSync(this.#path(this.#folder), this.#unwritten.join(''));
    this.#unwritten = [];
  }

  #path(folder: string): string {
    return join(folder, 'failures.jsonl');
  }
}

function lineOf(failure: ItemFailure): string {
  return `${jsonText(failureDocument(failure))}\n`;
}
