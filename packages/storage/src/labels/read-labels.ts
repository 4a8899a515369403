import { FashionMatchError, ItemError, MAX_ID_LENGTH, reasonOf, type LabelledQuery } from '@fashionmatch/domain';
import { z } from 'zod';

import { readRegularFile } from '../files/safe-open.js';
import { csvRecords } from '../sources/listings/csv-records.js';

/** About a million labels. */
const MAX_BYTES = 64 * 2 ** 20;

/** Parsed at once; then other work has its turn. */
const PIECE_LENGTH = 64 * 2 ** 10;

const id = z.string().min(1).max(MAX_ID_LENGTH);
/** Longer paths are none. */
const query = z.string().min(1).max(4_096);
const grade = z.number().min(0).max(1_000);

const lineSchema = z.object({ query, relevant: z.union([z.array(id), z.record(id, grade)]) });

const rowSchema = z.object({
  query,
  relevant: id,
  grade: z
    .union([z.literal('').transform(() => 1), z.coerce.number().pipe(grade)])
    .optional()
    .default(1),
});

/**
 * Which items are right answers to which queries, in the order of the queries' first mention. JSON Lines have an object a
 * query, `{"query": "a", "relevant": {"b": 2, "c": 1}}`, or `"relevant": ["b", "c"]` where all count alike; any other
 * file is a CSV table with a row a pair, in the columns `query`, `relevant` and, if need be, `grade`.
 *
 * @throws FashionMatchError `USAGE_INVALID` when the file cannot be read, or a line of it is neither.
 */
export async function readLabels(path: string): Promise<LabelledQuery[]> {
  const judged = new Map<string, Map<string, number>>();
  try {
    const bytes = await readRegularFile(path, { within: undefined, maxBytes: MAX_BYTES });
    const text = bytes.toString().replace(/^\ufeff/, '');
    const pairs = /^\s*\{/.test(text) ? pairsOfLines(text) : pairsOfTable(text);
    for await (const { query, relevant, grade } of pairs) {
      const grades = judged.get(query) ?? new Map<string, number>();
      judged.set(query, grades.set(relevant, grade));
    }
  } catch (cause) {
    if (!(cause instanceof ItemError)) throw cause;
    throw new FashionMatchError('USAGE_INVALID', `The labels ${path} cannot be read: ${reasonOf(cause)}.`, { cause });
  }
  return Array.from(judged, ([query, grades]) => ({ query, judged: grades }));
}

interface LabelledPair {
  readonly query: string;
  readonly relevant: string;
  readonly grade: number;
}

async function* pairsOfLines(text: string): AsyncGenerator<LabelledPair> {
  let number = 0;
  for await (const line of linesOf(text)) {
    number++;
    if (line.trim() === '') continue;
    const { query, relevant } = checked(lineSchema, parsed(line, number), `line ${String(number)}`);
    const grades = Array.isArray(relevant) ? relevant.map((id) => [id, 1] as const) : Object.entries(relevant);
    for (const [id, grade] of grades) yield { query, relevant: id, grade };
  }
}

async function* pairsOfTable(text: string): AsyncGenerator<LabelledPair> {
  const { columns, records } = csvRecords(text.slice(0, PIECE_LENGTH), piecesOf(text));
  for (const name of ['query', 'relevant']) {
    if (!columns.includes(name)) throw new ItemError('BATCH_INVALID', `the table has no column "${name}"`);
  }
  let row = 0;
  for await (const record of records) yield checked(rowSchema, record, `row ${String(++row)}`);
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, place: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ItemError('BATCH_INVALID', `${place}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}`);
}

function parsed(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new ItemError('BATCH_INVALID', `line ${String(number)} is no JSON`, { cause });
  }
}

async function* linesOf(text: string): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of piecesOf(text)) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}

async function* piecesOf(text: string): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += PIECE_LENGTH) {
    await new Promise(setImmediate);
    yield text.slice(at, at + PIECE_LENGTH);
  }
}
