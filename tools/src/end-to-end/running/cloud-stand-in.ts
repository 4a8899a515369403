import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import { z } from 'zod';

/** The quotas that Chroma Cloud publishes: https://docs.trychroma.com/cloud/quotas-limits, 2026-11. */
const QUOTAS = {
  records: 300,
  results: 300,
  conditions: 8,
  /** Of a text in a filter nothing is published; this is what its source says, which says less of others, too. */
  valueBytes: 36,
  idBytes: 128,
  nameBytes: 128,
  keys: 32,
  keyBytes: 36,
  textBytes: 4_096,
  collectionTextBytes: 256,
  documentBytes: 16_384,
};

/** What it says it takes, which is more: https://github.com/chroma-core/chroma/issues/5453. */
const PREFLIGHT = { max_batch_size: 1_000, supports_base64_encoding: true };

const metadataSchema = z.record(z.string(), z.unknown());
const bodySchema = z.looseObject({
  ids: z.array(z.string()).nullish(),
  metadatas: z.array(metadataSchema.nullable()).nullish(),
  documents: z.array(z.string().nullable()).nullish(),
  where: metadataSchema.nullish(),
  limit: z.number().nullish(),
  n_results: z.number().nullish(),
  name: z.string().nullish(),
  metadata: metadataSchema.nullish(),
});

type Body = z.infer<typeof bodySchema>;

/** What is asked for, in the words of its refusals. */
const ACTIONS: Readonly<Partial<Record<string, string>>> = {
  add: 'Add',
  upsert: 'Upsert',
  update: 'Update',
  get: 'Get',
  query: 'Query',
  delete: 'Delete',
  collections: 'Create Collection',
};

/**
 * Stands before a real Chroma server, and refuses what Chroma Cloud would refuse, as it would: with 422 and the words of
 * `rust/frontend/src/quota/mod.rs` of https://github.com/chroma-core/chroma. Rows that are read without a limit are cut
 * off in silence.
 */
export class CloudStandIn implements AsyncDisposable {
  /** What was refused: of one kind each. */
  readonly refusals = new Map<string, number>();
  readonly #server: Server;
  readonly #behind: string;

  private constructor(behind: string) {
    this.#behind = behind;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start({ host, port }: { readonly host: string; readonly port: number }): Promise<CloudStandIn> {
    const standIn = new CloudStandIn(`http://${host}:${String(port)}`);
    standIn.#server.listen(0, '127.0.0.1');
    await once(standIn.#server, 'listening');
    return standIn;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('It has no port');
    return address.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const content = await text(request);
    const verb = method === 'POST' ? (url.split('/').at(-1)?.split('?')[0] ?? '') : '';
    const answer = (status: number, body: string): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    };
    if (url.endsWith('/pre-flight-checks')) {
      answer(200, JSON.stringify(PREFLIGHT));
      return;
    }
    const action = ACTIONS[verb];
    const body = action === undefined ? undefined : bodySchema.parse(JSON.parse(content));
    const refusal = action && body && refusalOf(action, body);
    if (refusal) {
      const [kind] = refusal.split(':');
      this.refusals.set(kind ?? '', (this.refusals.get(kind ?? '') ?? 0) + 1);
      answer(422, JSON.stringify({ error: 'ChromaError', message: `Quota exceeded: ${refusal}` }));
      return;
    }
    const onward = verb === 'get' && body ? JSON.stringify({ ...body, limit: body.limit ?? QUOTAS.results }) : content;
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(`${this.#behind}${url}`, { method, headers, ...(onward !== '' && { body: onward }) });
    answer(reply.status, await reply.text());
  }
}

function refusalOf(action: string, body: Body): string | undefined {
  const exceeded = usagesOf(action, body).find(([, used, limit]) => used > limit);
  if (exceeded === undefined) return undefined;
  const [usage, used, limit] = exceeded;
  const told = `current usage of ${String(used)} exceeds limit of ${String(limit)}`;
  return `'${usage}' exceeded quota limit for action '${action}': ${told}`;
}

type Usage = readonly [name: string, used: number, limit: number];

function usagesOf(
  action: string,
  { ids, metadatas, documents, where, limit, n_results, name, metadata }: Body,
): Usage[] {
  const isWrite = ['Add', 'Upsert', 'Update', 'Delete'].includes(action);
  return [
    ['ID size (bytes)', most(ids?.map((id) => Buffer.byteLength(id))), QUOTAS.idBytes],
    ['Number of records', isWrite ? (ids?.length ?? 0) : 0, QUOTAS.records],
    ...[...(metadatas ?? [])].flatMap((row) => usagesOfMetadata(row ?? {}, QUOTAS.textBytes)),
    ...usagesOfMetadata(metadata ?? {}, QUOTAS.collectionTextBytes),
    [
      'Document size (bytes)',
      most(documents?.map((document) => Buffer.byteLength(document ?? ''))),
      QUOTAS.documentBytes,
    ],
    ['Name size (bytes)', Buffer.byteLength(name ?? ''), QUOTAS.nameBytes],
    ['Number of where clause predicates', where ? conditionsOf(where) : 0, QUOTAS.conditions],
    ['Size of where clause value (bytes)', where ? longestTextOf(where) : 0, QUOTAS.valueBytes],
    ['Limit value', action === 'Get' ? (limit ?? 0) : 0, QUOTAS.results],
    ['Number of results', n_results ?? 0, QUOTAS.results],
  ];
}

function usagesOfMetadata(metadata: Record<string, unknown>, textBytes: number): Usage[] {
  const values = Object.values(metadata).filter((value) => typeof value === 'string');
  return [
    ['Number of metadata dictionary keys', Object.keys(metadata).length, QUOTAS.keys],
    ['Size of metadata dictionary key (bytes)', most(Object.keys(metadata).map((key) => Buffer.byteLength(key))), QUOTAS.keyBytes], // prettier-ignore
    ['Size of metadata dictionary value (bytes)', most(values.map((value) => Buffer.byteLength(value))), textBytes],
  ];
}

const most = (sizes: readonly number[] = []): number => sizes.reduce((largest, size) => Math.max(largest, size), 0);

function conditionsOf(where: Record<string, unknown>): number {
  const parts = z.array(metadataSchema).safeParse(where['$and'] ?? where['$or']);
  return parts.success ? parts.data.reduce((sum, part) => sum + conditionsOf(part), 0) : 1;
}

/** The values of an `$in` count one by one. */
function longestTextOf(where: unknown): number {
  if (typeof where === 'string') return Buffer.byteLength(where);
  return typeof where === 'object' && where !== null ? most(Object.values(where).map(longestTextOf)) : 0;
}
