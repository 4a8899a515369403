import { open, type FileHandle } from 'node:fs/promises';
import { posix } from 'node:path';

import { FashionMatchError, reasonOf } from '@fashionmatch/domain';

import { ProtobufReader, type ProtobufField } from './protobuf-reader.js';

/** What a model's ONNX file says of itself, found without reading its weights. */
export interface OnnxGraph {
  /**
   * Further files that hold weights, each with the bytes that it must have at least. The paths are relative to the
   * folder of the ONNX file and stay within it; sorted.
   */
  readonly weightFiles: ReadonlyMap<string, number>;
  /** Whether it computes with integers: with quantised weights, or with activations that are quantised as they come. */
  readonly quantised: boolean;
  /**
   * Whether some of its constants are signed integers of 8 bits. Products of such weights saturate on processors without
   * VNNI, unless a session is told to be careful; those of unsigned ones do not.
   */
  readonly signed: boolean;
}

/** The messages of onnx.proto on the way to tensors and operators: which fields hold which of them. */
const CHILDREN = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparseTensor' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparseTensor', 23: 'sparseTensor' },
  sparseTensor: { 1: 'tensor', 2: 'tensor' },
  tensor: {},
} as const;

type Message = keyof typeof CHILDREN;

const OP_TYPE_OF_NODE = 4;
const DATA_TYPE_OF_TENSOR = 2;
/** `TensorProto.DataType`. */
const INT8 = 3;
const EXTERNAL_DATA_OF_TENSOR = 13;

const INTEGER_OPERATOR = /quantize|integer|^QLinear|^QGemm|^QAttention/i;

/** Graphs within graphs: nobody writes so many. */
const MAX_DEPTH = 100;
const MAX_WEIGHT_FILES = 10_000;

/**
 * Reads a model's structure and steps over its weights: the memory does not grow with the file.
 *
 * @throws FashionMatchError `MODEL_INVALID` when the file is no ONNX model, or names weights outside its folder.
 */
export async function readOnnxGraph(path: string): Promise<OnnxGraph> {
  const invalid = (reason: string, cause?: unknown): FashionMatchError =>
    new FashionMatchError('MODEL_INVALID', `${path} is no usable ONNX model: ${reason}.`, { cause });
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { size } = await file.stat();
    const scan = new GraphScan(new ProtobufReader(file, size));
    await scan.read('model', size, 0);
    if (!scan.hasGraph) throw new Error('there is no graph in it');
    return {
      weightFiles: new Map([...scan.weightFiles].sort(([a], [b]) => (a < b ? -1 : 1))),
      quantised: scan.quantised,
      signed: scan.signed,
    };
  } catch (cause) {
    throw invalid((file && (await resemblance(file))) ?? reasonOf(cause), cause);
  } finally {
    await file?.close();
  }
}

class GraphScan {
  readonly weightFiles = new Map<string, number>();
  hasGraph = false;
  quantised = false;
  signed = false;
  readonly #reader: ProtobufReader;

  constructor(reader: ProtobufReader) {
    this.#reader = reader;
  }

  async read(message: Message, end: number, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) throw new Error('it holds graphs within graphs');
    const children: Readonly<Record<number, Message>> = CHILDREN[message];
    const external = new Map<string, string>();
    const onNumber = (field: number, value: number): void => {
      this.signed ||= message === 'tensor' && field === DATA_TYPE_OF_TENSOR && value === INT8;
    };
    for await (const field of this.#reader.fields(end, onNumber)) {
      const child = children[field.number];
      if (child !== undefined) await this.read(child, field.end, depth + 1);
      else if (message === 'node' && field.number === OP_TYPE_OF_NODE) await this.#readOperator(field);
      else if (message === 'tensor' && field.number === EXTERNAL_DATA_OF_TENSOR) {
        external.set(...(await this.#readEntry(field)));
      }
    }
    this.hasGraph ||= message === 'graph';
    const location = external.get('location');
    if (location !== undefined) this.#addWeights(location, external);
  }

  async #readOperator(field: ProtobufField): Promise<void> {
    // Read in any case: one that is too long is no operator's name.
    const operator = await this.#reader.text(field);
    this.quantised ||= INTEGER_OPERATOR.test(operator);
  }

  /** A key and its value. */
  async #readEntry({ end }: ProtobufField): Promise<[string, string]> {
    const entry: [string, string] = ['', ''];
    for await (const field of this.#reader.fields(end)) {
      const text = await this.#reader.text(field);
      if (field.number === 1 || field.number === 2) entry[field.number - 1] = text;
    }
    return entry;
  }

  #addWeights(location: string, external: ReadonlyMap<string, string>): void {
    const path = posix.normalize(location);
    if (posix.isAbsolute(path) || /^\.\.?(\/|$)|^[a-z]:|[\\\p{Cc}]|\/$/iu.test(path)) {
      throw new Error(`it names weights outside its folder (${reasonOf(location)})`);
    }
    const bytes = Number(external.get('offset') ?? 0) + Number(external.get('length') ?? 0);
    this.weightFiles.set(path, Math.max(this.weightFiles.get(path) ?? 0, Number.isSafeInteger(bytes) ? bytes : 0));
    if (this.weightFiles.size > MAX_WEIGHT_FILES) throw new Error('it names too many files with weights');
  }
}

/** What a file is that is often found in a model's place. */
async function resemblance(file: FileHandle): Promise<string | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
  const start = buffer.toString('latin1', 0, bytesRead);
  if (start === '') return 'it is empty';
  if (start.trimStart().startsWith('<')) return 'it is a web page';
  if (start.startsWith('version https://git-lfs')) return 'it only points to the file: fetch it with `git lfs pull`';
  return undefined;
}
