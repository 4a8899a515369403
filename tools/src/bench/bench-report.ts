import { EMBEDDING_SPACES, perSpace, type PerSpace } from '@fashionmatch/domain';
import type { PrecisionComparison } from '@fashionmatch/pipeline';

import type { Measurement, MeasurementName } from './measurement.js';

/** What is shown as a rate; the others count only against each other. */
const RATES = [
  'preprocess',
  'preprocess-one-by-one',
  'clip',
  'dino',
  'store',
  'pipeline',
  'transformers-preprocess',
  'transformers',
] as const satisfies readonly MeasurementName[];

export const PRECISIONS = ['fp32', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** One round's measurements: those that have nothing to do with precision are under `fp32`. */
export type Round = Readonly<Record<Precision, Readonly<Partial<Record<MeasurementName, Measurement>>>>>;

export interface BenchReport {
  readonly machine: string;
  readonly images: number;
  readonly rounds: number;
  /** Images a second, the median over the rounds. */
  readonly rates: Readonly<Record<Precision, Readonly<Partial<Record<MeasurementName, number>>>>>;
  /** Each the median over the rounds of a ratio within one round. */
  readonly ratios: {
    /** (decode and preprocess + both encoders, each alone) / the whole pipeline. */
    readonly efficiency: Readonly<Record<Precision, number>>;
    /** Processor time of our decoding and preprocessing / that of transformers.js, both one image after the other. */
    readonly preprocessing_cpu_of_transformers: number;
    /** Images a second of our pipeline, storing included / those of transformers.js at fp32. */
    readonly rate_of_transformers_fp32: Readonly<Record<Precision, number>>;
    /** Processor time of our int8 encoders / that of our fp32 encoders. */
    readonly int8_cpu_of_fp32: number;
    /** Images a second of each encoder alone, int8 / fp32. */
    readonly int8_rate_of_fp32: PerSpace<number>;
    /** From the start of the process to the first stored batch / (loading models + starting the server + one batch). */
    readonly first_batch_of_parts: number;
  };
  /** How near int8 comes to fp32, on photographs that all differ. */
  readonly int8_accuracy: PrecisionComparison;
}

/** The figures of a benchmark. @throws RangeError when a measurement is missing. */
export function benchReport(machine: string, rounds: readonly Round[], accuracy: PrecisionComparison): BenchReport {
  const images = take(rounds[0], 'fp32', 'pipeline').images;
  const ratio = (of: (round: Round) => number): number => median(rounds.map(of));
  const efficiency = (precision: Precision): number =>
    ratio((round) => {
      const parts = perImage(round, 'fp32', 'preprocess') + encoders(round, precision, perImage);
      return parts / perImage(round, precision, 'pipeline');
    });
  const faster = (precision: Precision): number =>
    ratio((round) => perImage(round, 'fp32', 'transformers') / perImage(round, precision, 'pipeline'));
  return {
    machine,
    images,
    rounds: rounds.length,
    rates: { fp32: rates(rounds, 'fp32'), int8: rates(rounds, 'int8') },
    ratios: {
      efficiency: { fp32: efficiency('fp32'), int8: efficiency('int8') },
      preprocessing_cpu_of_transformers: ratio(
        (round) =>
          cpuPerImage(round, 'fp32', 'preprocess-one-by-one') / cpuPerImage(round, 'fp32', 'transformers-preprocess'),
      ),
      rate_of_transformers_fp32: { fp32: faster('fp32'), int8: faster('int8') },
      int8_cpu_of_fp32: ratio((round) => encoders(round, 'int8', cpuPerImage) / encoders(round, 'fp32', cpuPerImage)),
      int8_rate_of_fp32: perSpace((space) =>
        ratio((round) => perImage(round, 'fp32', space) / perImage(round, 'int8', space)),
      ),
      first_batch_of_parts: ratio((round) => {
        const seconds = (name: MeasurementName): number => take(round, 'fp32', name).seconds;
        return seconds('first-batch') / (seconds('model-load') + seconds('server-start') + seconds('one-batch'));
      }),
    },
    int8_accuracy: accuracy,
  };
}

type PerImage = (round: Round, precision: Precision, name: MeasurementName) => number;

const perImage: PerImage = (round, precision, name) => {
  const { seconds, images } = take(round, precision, name);
  return seconds / images;
};

const cpuPerImage: PerImage = (round, precision, name) => {
  const { cpuSeconds, images } = take(round, precision, name);
  return cpuSeconds / images;
};

function encoders(round: Round, precision: Precision, of: PerImage): number {
  return of(round, precision, 'clip') + of(round, precision, 'dino');
}

function rates(rounds: readonly Round[], precision: Precision): Partial<Record<MeasurementName, number>> {
  const names = RATES.filter((name) => rounds[0]?.[precision][name] !== undefined);
  return Object.fromEntries(
    names.map((name) => [name, median(rounds.map((round) => 1 / perImage(round, precision, name)))]),
  );
}

function take(round: Round | undefined, precision: Precision, name: MeasurementName): Measurement {
  const measurement = round?.[precision][name];
  if (measurement === undefined) throw new RangeError(`${name} was not measured at ${precision}`);
  return measurement;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = NaN, high = NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

const LABELS: Readonly<Record<(typeof RATES)[number], string>> = {
  preprocess: 'read, decode, preprocess for both',
  'preprocess-one-by-one': 'the same, one image after the other',
  clip: 'CLIP alone',
  dino: 'DINOv2 alone',
  store: 'store alone',
  pipeline: 'the whole pipeline',
  'transformers-preprocess': 'transformers.js, preprocessing',
  transformers: 'transformers.js, preprocessing and models',
};

/** The same for people. */
export function benchTable({ machine, images, rounds, rates, ratios, int8_accuracy }: BenchReport): string {
  const cell = (rate: number | undefined): string => (rate?.toFixed(1) ?? '').padStart(10);
  const line = (what: string, value: number): string => `  ${what.padEnd(58)}${value.toFixed(3)}`;
  return [
    machine,
    `${String(images)} images of 1200 × 1600, median of ${String(rounds)} interleaved rounds, images/s:`,
    `  ${''.padEnd(42)}      fp32      int8`,
    ...RATES.map((name) => `  ${LABELS[name].padEnd(42)}${cell(rates.fp32[name])}${cell(rates.int8[name])}`),
    '',
    line('efficiency, fp32 (parts alone / whole; 1 wastes nothing)', ratios.efficiency.fp32),
    line('efficiency, int8', ratios.efficiency.int8),
    line('preprocessing, processor time / transformers.js', ratios.preprocessing_cpu_of_transformers),
    line('whole pipeline, rate / transformers.js at fp32', ratios.rate_of_transformers_fp32.fp32),
    line('whole pipeline at int8, rate / transformers.js at fp32', ratios.rate_of_transformers_fp32.int8),
    line('encoders, processor time int8 / fp32', ratios.int8_cpu_of_fp32),
    ...EMBEDDING_SPACES.map((space) => line(`${space} alone, rate int8 / fp32`, ratios.int8_rate_of_fp32[space])),
    line('start to first stored batch / models + server + one batch', ratios.first_batch_of_parts),
    '',
    `vectors at int8 against fp32, ${String(int8_accuracy.images)} photographs:`,
    ...EMBEDDING_SPACES.map((space) => {
      const { meanCosine, minCosine, nearestOverlap } = int8_accuracy.spaces[space];
      const figures = [meanCosine, minCosine].map((cosine) => cosine.toFixed(4)).join(' mean, ');
      return `  ${space}: cosine ${figures} least, overlap of the nearest 10 ${nearestOverlap.toFixed(3)}`;
    }),
    '',
  ].join('\n');
}
