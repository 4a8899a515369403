import { open, realpath, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

import { ProtobufReader, type ProtobufField } from './protobuf-reader.js';

/** A model whose large weights ONNX Runtime finds in its file, by the file system, in place of reading them. */
export interface MappedModel {
  /** The graph as an ONNX model of its own, with places in `weightsFolder` where large weights were. */
  readonly graph: Uint8Array;
  readonly weightsFolder: string;
}

/** Field numbers of onnx.proto. */
const GRAPH_OF_MODEL = 7;
const INITIALISER_OF_GRAPH = 5;
const RAW_DATA_OF_TENSOR = 9;
const EXTERNAL_DATA_OF_TENSOR = 13;
const DATA_LOCATION_OF_TENSOR = 14;
/** `TensorProto.DataLocation`. */
const EXTERNAL = 1;

/** Smaller weights cost more to map than to read, and lie anywhere in the file: those are read into aligned memory. */
const LEAST_MAPPED_BYTES = 64 * 1024;

/** A graph with more in it than this has its weights elsewhere than others do. */
const MAX_GRAPH_BYTES = 64 * 1024 * 1024;

/**
 * The graph of a model in one ONNX file, without its large weights: each becomes the place in the file where its bytes
 * are (`external_data` of onnx.proto). ONNX Runtime reads the weights of a single file into memory twice; what has a
 * place it maps, so that a model opens in two thirds of the time and several copies of it share the pages.
 *
 * @returns undefined when there is nothing in it that would be worth mapping.
 * @throws Error when the file is no ONNX model, cannot be read, or has its weights elsewhere.
 */
export async function mapWeights(path: string): Promise<MappedModel | undefined> {
  const real = await realpath(path);
  const file = await open(real);
  try {
    const { size } = await file.stat();
    if (size < LEAST_MAPPED_BYTES) return undefined;
    const graph = await new WeightlessModel(file, size, basename(real)).read();
    return graph && { graph, weightsFolder: dirname(real) };
  } finally {
    await file.close();
  }
}

class WeightlessModel {
  readonly #file: FileHandle;
  readonly #size: number;
  readonly #name: string;
  readonly #reader: ProtobufReader;
  #mapped = 0;
  #copiedBytes = 0;

  constructor(file: FileHandle, size: number, name: string) {
    this.#file = file;
    this.#size = size;
    this.#name = name;
    this.#reader = new ProtobufReader(file, size);
  }

  async read(): Promise<Uint8Array | undefined> {
    const model = await this.#without(0, this.#size, GRAPH_OF_MODEL, (graph) =>
      this.#without(graph.contentStart, graph.end, INITIALISER_OF_GRAPH, (tensor) => this.#tensor(tensor)),
    );
    return this.#mapped > 0 ? model : undefined;
  }

  /** A message as it is, but for its fields of one number, which `replace` makes anew. */
  async #without(
    start: number,
    end: number,
    number: number,
    replace: (field: ProtobufField) => Promise<Uint8Array>,
  ): Promise<Buffer> {
    const parts: Buffer[] = [];
    let copiedTo = start;
    for await (const field of this.#reader.fields(end)) {
      if (field.number !== number) continue;
      const made = await replace(field);
      parts.push(await this.#bytes(copiedTo, field.start), lengthDelimited(number, made));
      copiedTo = field.end;
    }
    parts.push(await this.#bytes(copiedTo, end));
    return Buffer.concat(parts);
  }

  async #tensor(tensor: ProtobufField): Promise<Uint8Array> {
    let raw: ProtobufField | undefined;
    for await (const field of this.#reader.fields(tensor.end)) if (field.number === RAW_DATA_OF_TENSOR) raw = field;
    if (raw === undefined || raw.end - raw.contentStart < LEAST_MAPPED_BYTES) {
      return this.#bytes(tensor.contentStart, tensor.end);
    }
    this.#mapped++;
    const place = { location: this.#name, offset: raw.contentStart, length: raw.end - raw.contentStart };
    const entries = Object.entries(place).map(([key, value]) =>
      lengthDelimited(
        EXTERNAL_DATA_OF_TENSOR,
        Buffer.concat([lengthDelimited(1, Buffer.from(key)), lengthDelimited(2, Buffer.from(String(value)))]),
      ),
    );
    return Buffer.concat([
      await this.#bytes(tensor.contentStart, raw.start),
      await this.#bytes(raw.end, tensor.end),
      ...entries,
      Buffer.from([...variableLength(DATA_LOCATION_OF_TENSOR * 8), EXTERNAL]),
    ]);
  }

  async #bytes(start: number, end: number): Promise<Buffer> {
    this.#copiedBytes += end - start;
    if (this.#copiedBytes > MAX_GRAPH_BYTES)
      throw new RangeError('its weights are not where those of other models are');
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(end - start), 0, end - start, start);
    if (bytesRead < end - start) throw new RangeError('it is cut short');
    return buffer;
  }
}

function lengthDelimited(field: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([...variableLength(field * 8 + 2), ...variableLength(content.length)]), content]);
}

/** A whole number as protocol buffers have it: seven bits a byte, the lowest first. */
function variableLength(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...variableLength(Math.floor(value / 128))];
}
