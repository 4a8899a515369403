import { dot, FashionMatchError, type DecodedImage, type ImageDecoder, type ImageEncoder } from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';
import { checked, fault, fine, type Finding } from './finding.js';

/** What the shipped encoders gave where they were written, to compare a machine with. */
export interface KnownResults {
  /** A small image file. */
  readonly image: Uint8Array;
  /** It and one of each format that another library decodes, by their formats. */
  readonly pictures: ReadonlyMap<string, KnownPicture>;
  /** By the model's name: its file's SHA-256, and its vector of the image. */
  readonly models: ReadonlyMap<string, { readonly sha256: string; readonly vector: Float32Array }>;
  /** How far a vector may be from the known one, as cosine error. */
  readonly tolerance: number;
}

export interface KnownPicture {
  readonly image: Uint8Array;
  /** Whether a decoder gave exactly its pixels. */
  readonly isDecoded: (decoded: DecodedImage) => boolean;
}

/** Downloads nothing. */
export type OpenEncoder = (
  name: string,
  settings: Pick<AppConfig['models'], 'precision' | 'device' | 'resample'>,
) => Promise<ImageEncoder & AsyncDisposable>;

const REINSTALL =
  'Install FashionMatch again; if that does not help, this processor computes something else: report it.';

export function decoderFinding(
  decoder: () => ImageDecoder,
  knownResults: () => Promise<KnownResults>,
): Promise<Finding> {
  return checked(
    'decoder',
    async () => {
      const { pictures } = await knownResults();
      for (const [format, { image, isDecoded }] of pictures) {
        if (isDecoded(await decoder().decode(image))) continue;
        throw new Error(`A known picture in ${format} is decoded to other pixels.`);
      }
      return fine('decoder', `Known pictures in ${[...pictures.keys()].join(' and ')} are decoded exactly`);
    },
    REINSTALL,
  );
}

/** The configured encoders, then the built-in ones that are not among them. */
export async function* encoderFindings(
  { models }: AppConfig,
  decoder: () => ImageDecoder,
  knownResults: () => Promise<KnownResults>,
  openEncoder: OpenEncoder,
): AsyncGenerator<Finding> {
  const { clipModel, dinoModel, precision, device, resample } = models;
  let known: KnownResults;
  let image: DecodedImage;
  try {
    known = await knownResults();
    image = await decoder().decode(known.image);
  } catch (thrown) {
    yield fault('encoders', thrown, REINSTALL);
    return;
  }
  const devices = [...new Set([device].flat())];
  const configured = [clipModel, dinoModel].flatMap((name) =>
    devices.map((one) => ({ name, precision, device: one, resample })),
  );
  const shipped = [...known.models.keys()]
    .filter((name) => name !== clipModel && name !== dinoModel)
    .map((name) => ({ name, precision: 'fp32', device: 'cpu', resample: 'fast' }) as const);
  for (const { name, ...settings } of [...configured, ...shipped]) {
    const part = name === clipModel ? 'CLIP encoder' : name === dinoModel ? 'DINO encoder' : 'built-in';
    yield await checked(part, async () => {
      await using encoder = await openEncoder(name, settings);
      return fine(part, `${name} ran on ${encoder.model.device}${await comparison(encoder, image, known, name)}`);
    });
  }
}

/** @throws FashionMatchError `ENCODER_FAILED` when the vector is another than it should be. */
async function comparison(
  encoder: ImageEncoder,
  image: DecodedImage,
  { models, tolerance }: KnownResults,
  name: string,
): Promise<string> {
  const startedAt = performance.now();
  const [vector] = await encoder.encode([await encoder.preprocess(image)]);
  if (!(vector instanceof Float32Array)) throw vector ?? new RangeError('The encoder gave no vector.');
  const took = `in ${(performance.now() - startedAt).toFixed(0)} ms`;
  const known = models.get(name);
  if (known === undefined) return ` ${took}: ${String(vector.length)} numbers; no vector to compare with is shipped`;
  if (known.sha256 !== encoder.model.sha256) {
    throw new FashionMatchError('MODEL_INVALID', `The shipped vector is of another version of ${name}: ${REINSTALL}`);
  }
  const error = Math.max(0, 1 - dot(vector, known.vector));
  if (error <= tolerance) return ` ${took}: cosine error ${error.toExponential(1)} to the shipped vector`;
  throw new FashionMatchError(
    'ENCODER_FAILED',
    `${name} gives another vector here: cosine error ${error.toExponential(1)}. ${REINSTALL}`,
  );
}
