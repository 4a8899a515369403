import { readFile } from 'node:fs/promises';

import { medianOf } from '../../scale/median.js';

/** How much memory a process had when it had dealt with so many items. Bytes. */
export interface MemorySample {
  readonly items: number;
  /** Its own. */
  readonly anonymous: number;
  /** Of files, such as the journal's: the system takes it back when it needs it. */
  readonly ofFiles: number;
}

/** The memory of a process now; undefined when it has ended, or there is no `/proc`. */
export async function memoryOf(processId: number): Promise<Omit<MemorySample, 'items'> | undefined> {
  const status = await readFile(`/proc/${String(processId)}/status`, 'utf8').catch(() => '');
  const bytesOf = (field: string): number | undefined => {
    const kibibytes = new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  };
  const [anonymous, ofFiles] = [bytesOf('RssAnon'), bytesOf('RssFile')];
  return anonymous === undefined || ofFiles === undefined ? undefined : { anonymous, ofFiles };
}

/** The medians of `parts` equal parts of a run, in their order: a garbage collection now or then does not show. */
export function mediansOfParts(samples: readonly MemorySample[], items: number, parts: number): MemorySample[] {
  return Array.from({ length: parts }, (_, part) => {
    const upTo = ((part + 1) * items) / parts;
    const among = samples.filter((sample) => sample.items > (part * items) / parts && sample.items <= upTo);
    return {
      items: upTo,
      anonymous: medianOf(among.map(({ anonymous }) => anonymous)),
      ofFiles: medianOf(among.map(({ ofFiles }) => ofFiles)),
    };
  });
}
