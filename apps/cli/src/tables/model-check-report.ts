import type { EncoderCheck, ModelCheck } from '@fashionmatch/pipeline';

import { modelFileDocument } from '../documents/model-file-document.js';
import { printable } from './printable.js';

type Usable = Extract<EncoderCheck, { readonly fault: undefined }>;

/** `models check --json`. */
export function modelCheckDocument({ folder, modelType, encoders, files, missing }: ModelCheck): object {
  return {
    schema_version: 1,
    folder,
    model_type: modelType,
    encoders: encoders.map((encoder) =>
      encoder.fault === undefined ? usableDocument(encoder) : { precision: encoder.precision, fault: encoder.fault },
    ),
    files: files.map(modelFileDocument),
    missing,
  };
}

function usableDocument(encoder: Usable): object {
  const { precision, id, sha256, device, output, dimensions, textDimensions, preprocessing } = encoder;
  const { resize, inputSize, filter, rescale, mean, std } = preprocessing;
  return {
    precision,
    fault: null,
    encoder_id: id,
    sha256,
    device,
    output,
    dimensions,
    text_dimensions: textDimensions ?? null,
    preprocessing: {
      resize: 'width' in resize ? resize : { shortest_edge: resize.shortestEdge },
      input_size: inputSize,
      filter,
      rescale,
      mean,
      std,
    },
    milliseconds: encoder.milliseconds,
    cosine_of_two_pictures: encoder.cosine,
  };
}

/** The same for people. */
export function modelCheckTable({ folder, modelType, encoders, files, missing }: ModelCheck): string {
  const lines = [
    `${printable(folder)}  (${modelType === '' ? 'of a kind that it does not say' : printable(modelType)})`,
    ...encoders.flatMap((encoder) =>
      encoder.fault === undefined ? usableLines(encoder) : [`  ${encoder.precision}  ${printable(encoder.fault)}`],
    ),
    ...files.flatMap(({ path, state, size, hash }) => [
      `  ${state.padEnd(8)} ${((size ?? 0) / 1e6).toFixed(1).padStart(8)} MB  ${printable(path)}`,
      ...(hash === '' ? [] : [`${' '.repeat(23)}${hash}`]),
    ]),
    ...missing.map((sentence) => `  missing  ${sentence}`),
  ];
  return `${lines.join('\n')}\n`;
}

function usableLines(encoder: Usable): string[] {
  const { precision, id, device, output, dimensions, textDimensions, preprocessing, milliseconds, cosine } = encoder;
  const { resize, inputSize, filter, rescale, mean, std } = preprocessing;
  const size = ({ width, height }: { readonly width: number; readonly height: number }): string =>
    `${String(width)}×${String(height)}`;
  const resized = 'width' in resize ? size(resize) : `shorter edge ${String(resize.shortestEdge)}`;
  const values = (numbers: readonly number[]): string => numbers.map((number) => number.toFixed(3)).join(' ');
  const texts = textDimensions === undefined ? 'no texts' : `texts: ${String(textDimensions)} numbers`;
  return [
    `  ${precision}  ${String(dimensions)} numbers from ${output}, on ${device}, ${milliseconds.toFixed(0)} ms an image; ${texts}`,
    `        ${printable(id)}`,
    `        ${resized} (${filter}), input ${size(inputSize)}, × ${rescale.toPrecision(4)}, mean ${values(mean)}, deviation ${values(std)}`,
    `        two pictures have a cosine of ${cosine.toFixed(3)}`,
  ];
}
