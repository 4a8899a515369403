import type { PerSpace } from '@fashionmatch/domain';

import type { EncoderReport } from '../hybrid-scorer.js';
import { STAGES, type Stage, type StageClock, type StageTime } from './stage-clock.js';

/** What can keep a run from going faster. */
export type Bottleneck = 'discover' | 'download' | 'decode' | 'clip' | 'dino' | 'store';

export interface RunProfile {
  readonly seconds: number;
  /** Processor time of this process, all threads; a Chroma server's is not in it. */
  readonly cpuSeconds: number;
  readonly cores: number;
  /** Images that were encoded. */
  readonly images: number;
  readonly stages: Readonly<Record<Stage, StageTime>>;
  /** The stage that was at work for the largest share of the time; undefined when nothing was done. */
  readonly boundedBy: Bottleneck | undefined;
  /** Estimates, images a second; undefined where it would make no difference or cannot be told. */
  readonly withTwiceTheCores: number | undefined;
  readonly withInt8: number | undefined;
}

export interface ProfiledRun {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly cores: number;
  readonly decodeConcurrency: number;
  readonly models: PerSpace<EncoderReport>;
}

/** Processor time of an int8 encoder relative to fp32: `npm run bench` measures it; see docs/performance.md. */
const INT8_COST = 0.49;

/** Below this share of busy cores, something else than the processor sets the pace. */
const BUSY_PROCESSOR = 0.6;

/** What the times of the stages, and the processor time of the whole, say about a run. */
export function profileOf(clock: StageClock, run: ProfiledRun): RunProfile {
  const stages = {
    discover: clock.of('discover'),
    load: clock.of('load'),
    download: clock.of('download'),
    read: clock.of('read'),
    decode: clock.of('decode'),
    preprocess: clock.of('preprocess'),
    clip: clock.of('clip'),
    dino: clock.of('dino'),
    store: clock.of('store'),
  };
  const { seconds, cpuSeconds, cores } = run;
  const images = stages.clip.items;
  return {
    seconds,
    cpuSeconds,
    cores,
    images,
    stages,
    boundedBy: bottleneck(stages, run),
    ...outlook(stages, images, run),
  };
}

/** Seconds that each possible bottleneck was fully at work; decoding is when all of its places are taken. */
function workSeconds(stages: RunProfile['stages'], decodeConcurrency: number): Record<Bottleneck, number> {
  const { discover, download, decode, preprocess, clip, dino, store } = stages;
  return {
    discover: discover.busySeconds,
    download: download.busySeconds,
    decode: (decode.callSeconds + preprocess.callSeconds) / decodeConcurrency,
    clip: clip.busySeconds,
    dino: dino.busySeconds,
    store: store.busySeconds,
  };
}

function bottleneck(stages: RunProfile['stages'], { decodeConcurrency }: ProfiledRun): Bottleneck | undefined {
  const work = workSeconds(stages, decodeConcurrency);
  const names = ['discover', 'download', 'decode', 'clip', 'dino', 'store'] as const;
  const slowest = names.reduce((best, name) => (work[name] > work[best] ? name : best));
  return STAGES.some((stage) => stages[stage].items > 0) ? slowest : undefined;
}

function outlook(
  stages: RunProfile['stages'],
  images: number,
  { seconds, cpuSeconds, cores, decodeConcurrency, models }: ProfiledRun,
): Pick<RunProfile, 'withTwiceTheCores' | 'withInt8'> {
  const busy = Math.min(1, cpuSeconds / (cores * seconds));
  if (images === 0 || !(busy >= BUSY_PROCESSOR)) return { withTwiceTheCores: undefined, withInt8: undefined };
  const { store, clip, dino } = workSeconds(stages, decodeConcurrency);
  const { decode, preprocess } = stages;
  // Amdahl's law: only the time with busy processors gets shorter, and storing sets a floor.
  const after = (fasterShare: number, cost: number): number =>
    images / Math.max(store, seconds * (1 - busy * fasterShare * (1 - cost)));
  const encoding = clip + dino;
  const encodingShare = encoding / (encoding + decode.callSeconds + preprocess.callSeconds);
  return {
    withTwiceTheCores: after(1, 0.5),
    withInt8: hasInt8(models) ? after(encodingShare, INT8_COST) : undefined,
  };
}

/** The built-in encoders come in one precision only. */
function hasInt8(models: PerSpace<EncoderReport>): boolean {
  return [models.clip, models.dino].every(({ id, precision }) => precision === 'fp32' && !id.startsWith('builtin/'));
}
