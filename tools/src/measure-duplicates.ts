import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

import { normalise, perSpace, type DualEmbedding } from '@fashionmatch/domain';
import { seededRandom } from '@fashionmatch/domain/testing';
import { copyThresholds } from '@fashionmatch/pipeline';

// The decoder before what draws: it blocks SVG when it is loaded.
import { encodePhotographs } from './copies/encode-photographs.js';
import { photographs, type Photograph } from './copies/copied-photographs.js';
import { copyFigures, nearPairs, pairsByBruteForce, type CopyFigures } from './copies/copy-figures.js';

/**
 * How many copies `fashionmatch duplicates` finds, and what else: copies of the first drawn pictures, recompressed at
 * quality 40, 64 pixels wide, cropped by 5 % and mirrored, among all others.
 * `node tools/dist/measure-duplicates.js [--pictures N] [--copied N] [--scale N] [--clip-model M --dino-model M]
 * [--min-clip X --min-dino X]`.
 *
 * Then the pairs among up to 5,000 of them are compared with those that comparing each with each gives, and so many
 * vectors that lie around theirs are gone through. Exits with 1 when the two differ, or when a copy that was only
 * recompressed is not found with the usual models.
 */
const USUAL = { clip: 'builtin/colour-layout', dino: 'builtin/structure' };
const COMPARED = 5_000;

const { values } = parseArgs({
  options: {
    pictures: { type: 'string', default: '5200' },
    copied: { type: 'string', default: '200' },
    scale: { type: 'string', default: '100000' },
    'clip-model': { type: 'string', default: USUAL.clip },
    'dino-model': { type: 'string', default: USUAL.dino },
    'min-clip': { type: 'string' },
    'min-dino': { type: 'string' },
  },
});
const models = { clip: values['clip-model'], dino: values['dino-model'] };
const usual = copyThresholds(
  perSpace((space) => ({ model: { name: models[space], sha256: '', precision: 'fp32', device: 'cpu' } })),
);
const least = { clip: Number(values['min-clip'] ?? usual.clip), dino: Number(values['min-dino'] ?? usual.dino) };

const all = photographs(Number(values.pictures), Number(values.copied));
const vectors = await encodePhotographs(all, models);
const pairs = await nearPairs(vectors, least);
const figures = copyFigures(all, pairs);
process.stdout.write(`${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}\n`);
process.stdout.write(`${models.clip} from ${least.clip}, ${models.dino} from ${least.dino}\n\n${table(figures)}\n`);
process.stdout.write(`${strangers(all, pairs)}\n`);

const compared = vectors.slice(0, COMPARED);
const found = (await nearPairs(compared, least)).length;
const expected = pairsByBruteForce(compared, least);
process.stdout.write(`Among ${compared.length} pictures: ${found} pairs, by brute force ${expected}\n`);

const many = around(vectors, Number(values.scale));
const startedAt = performance.now();
const manyPairs = (await nearPairs(many, least)).length;
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
process.stdout.write(`Among ${many.length} vectors around them: ${manyPairs} pairs in ${seconds} s\n`);

const isUsual = models.clip === USUAL.clip && models.dino === USUAL.dino;
const lost = figures.some(({ kind, copies, found }) => kind === 'recompressed' && found < copies);
if (found !== expected || (isUsual && lost)) process.exitCode = 1;

function table(rows: readonly CopyFigures[]): string {
  const percent = (part: number, whole: number): string => (whole === 0 ? '-' : ((100 * part) / whole).toFixed(1));
  const lines = rows.map(({ kind, copies, found, sameGarment, otherGarment }) => {
    const others = sameGarment + otherGarment;
    return `| ${kind} | ${percent(found, copies)} | ${percent(found, found + others)} | ${sameGarment} | ${otherGarment} |`;
  });
  return `| copies | recall, % | precision, % | pairs of one garment | pairs of two |\n| - | -: | -: | -: | -: |\n${lines.join('\n')}\n`;
}

function strangers(all: readonly Photograph[], pairs: readonly { first: number; second: number }[]): string {
  const isOriginal = (place: number): boolean => all[place]?.kind === 'original';
  const between = pairs.filter(({ first, second }) => isOriginal(first) && isOriginal(second));
  const same = between.filter(({ first, second }) => all[first]?.garment === all[second]?.garment).length;
  const count = all.filter(({ kind }) => kind === 'original').length;
  return `Among the ${count} originals: ${same} pairs of one garment, ${between.length - same} of two`;
}

/** Vectors with a cosine of about 0.9 to those of pictures. */
function around(vectors: readonly DualEmbedding[], count: number): DualEmbedding[] {
  const random = seededRandom(1);
  return Array.from({ length: count }, (_, i) =>
    perSpace((space) => {
      const vector = vectors[i % vectors.length]?.[space] ?? new Float32Array(1);
      const spread = 1.7 / Math.sqrt(vector.length);
      return normalise(vector.map((value) => value + spread * (random() - 0.5)));
    }),
  );
}
