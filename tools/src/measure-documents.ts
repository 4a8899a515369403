import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { RecordingLogger, sampleItem } from '@fashionmatch/domain/testing';
import {
  connectEmbeddedChroma,
  openChromaVectorStore,
  openEmbeddedChroma,
  type ChromaConnection,
} from '@fashionmatch/storage';

import { medianOf } from './scale/median.js';

/**
 * What it costs that rows have documents, which Chroma indexes: `node tools/dist/measure-documents.js [--items 10000]
 * [--rounds 3]` writes as many items into a new store with and without them, in turns.
 */
const DIMENSIONS = { clip: 512, dino: 384 };
const ITEMS_PER_UPSERT = 500;

const { values } = parseArgs({
  options: { items: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '3' } },
});
const [items, rounds] = [Number(values.items), Number(values.rounds)];
say(`${cpus()[0]?.model ?? 'unknown processor'}, ${String(availableParallelism())} cores, ${String(items)} items`);
const ratios: number[] = [];
for (let round = 1; round <= rounds; round++) {
  const without = await secondsToWrite(withoutDocuments);
  const withThem = await secondsToWrite((connection) => connection);
  ratios.push(withThem / without);
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  say(`without ${without.toFixed(1)} s, with documents ${withThem.toFixed(1)} s, load ${load}`);
}
say(`median of ${String(rounds)} ratios: ${medianOf(ratios).toFixed(3)}`);

async function secondsToWrite(through: (connection: ChromaConnection) => ChromaConnection): Promise<number> {
  const persistDirectory = await mkdtemp(join(tmpdir(), 'fashionmatch-documents-'));
  try {
    const logger = new RecordingLogger();
    await using server = await openEmbeddedChroma({ persistDirectory, logger });
    await using store = await openChromaVectorStore({
      connection: through(await connectEmbeddedChroma(server)),
      collectionName: 'items',
      encoders: {
        clip: { id: 'clip', dimensions: DIMENSIONS.clip },
        dino: { id: 'dino', dimensions: DIMENSIONS.dino },
      },
      logger,
    });
    let seconds = 0;
    for (let first = 0; first < items; first += ITEMS_PER_UPSERT) {
      const length = Math.min(ITEMS_PER_UPSERT, items - first);
      const batch = Array.from({ length }, (_, i) => sampleItem(`item-${String(first + i)}`, DIMENSIONS));
      seconds += (await store.upsert(batch)).totalTimeSeconds;
    }
    return seconds;
  } finally {
    await rm(persistDirectory, { recursive: true });
  }
}

/** Writes as the store did before its rows had documents. */
function withoutDocuments(connection: ChromaConnection): ChromaConnection {
  return {
    ...connection,
    write: (use) =>
      connection.write((client) => {
        const collection = client.collection.bind(client);
        client.collection = (id) => {
          const found = collection(id);
          const upsert = found.upsert.bind(found);
          found.upsert = (rows) => {
            delete rows.documents;
            return upsert(rows);
          };
          return found;
        };
        return use(client);
      }),
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
