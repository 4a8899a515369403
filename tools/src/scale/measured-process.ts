import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { FashionmatchProcess, type Outcome } from '../end-to-end/running/fashionmatch-process.js';
import { watchPeakMemory } from '../robustness/memory/peak-memory.js';
import { partTimeSchema, type PartJob, type PartTime } from './part-job.js';

export interface MeasuredPart extends PartTime {
  readonly peakMemory: number;
}

export interface MeasuredCommand extends MeasuredPart {
  readonly outcome: Outcome;
  /** Until the command said that it knew what there was to do; undefined when it did not. */
  readonly secondsToPlan: number | undefined;
}

/** A run says so when it knows that there is nothing to do. */
const PLANNED = 'Processing 0 new items';

const MEASURE_PART = fileURLToPath(new URL('./measure-part.js', import.meta.url));

/** Times the command line on a store. @throws Error when the command fails. */
export async function measureCommand(directory: string, ...args: readonly string[]): Promise<MeasuredCommand> {
  const startedAt = performance.now();
  const elapsed = (): number => (performance.now() - startedAt) / 1000;
  const command = new FashionmatchProcess([...args, '--config', 'config.yaml', '--json', '--no-progress'], directory);
  const peakMemory = watchPeakMemory(command.child.pid ?? 0);
  let secondsToPlan: number | undefined;
  command.child.stderr?.on('data', (chunk: Buffer) => {
    if (chunk.includes(PLANNED)) secondsToPlan = elapsed();
  });
  const outcome = await command.outcome;
  if (outcome.exitCode !== 0) throw new Error(`${args.join(' ')} failed: ${outcome.stderr}`);
  return { outcome, seconds: elapsed(), secondsToPlan, peakMemory: peakMemory() ?? NaN };
}

/** Times a part of the product in a process of its own. @throws Error when it fails. */
export async function measurePart(job: PartJob): Promise<MeasuredPart> {
  const child = spawn(process.execPath, [MEASURE_PART, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const peakMemory = watchPeakMemory(child.pid ?? 0);
  let printed = '';
  for await (const chunk of child.stdout) printed += String(chunk);
  return { ...partTimeSchema.parse(JSON.parse(printed)), peakMemory: peakMemory() ?? NaN };
}
