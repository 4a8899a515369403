import { totalmem } from 'node:os';

import { EMBEDDING_SPACES, isOutOfStep, type StoreEngine, type StoreStatus } from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';
import { fault, fine, warning, type Finding } from './finding.js';

/** The prebuilt server asks for this version; older ones load a patched copy of it. */
const CHROMA_GLIBC = [2, 38] as const;

/** How Chroma's server comes to run here. */
export function chromaFinding({ database }: AppConfig, engine: StoreEngine): Finding {
  if (engine.folder === undefined)
    return fine('Chroma', `A server of your own is configured: ${String(database.host)}`);
  const glibc = glibcVersion();
  if (glibc === undefined) return fine('Chroma', 'The server that comes with chromadb is used as it is');
  const [major = 0, minor = 0] = glibc.split('.').map(Number);
  if (major > CHROMA_GLIBC[0] || (major === CHROMA_GLIBC[0] && minor >= CHROMA_GLIBC[1])) {
    return fine('Chroma', `The server that comes with chromadb is used as it is (glibc ${glibc})`);
  }
  const needed = CHROMA_GLIBC.join('.');
  return fine('Chroma', `Its server asks for glibc ${needed}, this system has ${glibc}: a patched copy of it is used`);
}

/** Undefined where there is none, such as on macOS. */
function glibcVersion(): string | undefined {
  const report: unknown = process.report.getReport();
  if (typeof report !== 'object' || report === null || !('header' in report)) return undefined;
  const { header } = report;
  if (typeof header !== 'object' || header === null || !('glibcVersionRuntime' in header)) return undefined;
  return String(header.glibcVersionRuntime);
}

/** The store that is configured: who has it, whether its halves are in step, whether it fits in memory. */
export async function* storeFindings(engine: StoreEngine): AsyncGenerator<Finding> {
  let status: StoreStatus;
  try {
    status = await engine.status();
  } catch (thrown) {
    yield fault('store', thrown);
    return;
  }
  const { holder, location } = status;
  yield contents(status);
  if (holder !== undefined) {
    const who = `process ${String(holder.pid)} on ${holder.host} since ${holder.since}`;
    const text = `${location} is open for ${holder.access === 'write' ? 'writing' : 'reading'} by ${who}`;
    yield holder.access === 'write'
      ? warning('store lock', text, 'Wait until it has ended before you embed; searching beside it is fine.')
      : fine('store lock', text);
  }
  yield* indexMemory(status);
}

function contents(status: StoreStatus): Finding {
  const { location, collections } = status;
  const broken = EMBEDDING_SPACES.map((space) => collections[space]).find(({ state }) => state === 'unreadable');
  const mend = 'Run `fashionmatch verify --repair`.';
  if (broken !== undefined) {
    const message = `${broken.name} in ${location} cannot be read: ${broken.reason}`;
    return { part: 'store', status: 'error', message, nextStep: mend, code: 'STORE_FAILED' };
  }
  if (isOutOfStep(status)) {
    return warning('store', `${String(status.unpaired)} items in ${location} are in one collection only`, mend);
  }
  const { items, state } = collections.clip;
  if (state === 'missing') return fine('store', `Nothing is stored in ${location} yet`);
  const counted = `${String(items)} ${items === 1 ? 'item' : 'items'}`;
  return fine('store', `${counted} in ${location}, the same in both collections`);
}

/** Chroma holds its indices in memory: 4 bytes a dimension, and about as much again for links and metadata. */
function* indexMemory({ collections }: StoreStatus): Generator<Finding> {
  const bytes = EMBEDDING_SPACES.map((space) => collections[space]).reduce(
    (sum, { items, encoder }) => sum + items * (encoder?.dimensions ?? 0) * 4 * 2,
    0,
  );
  if (bytes < totalmem() / 2) return;
  const text = `Chroma needs about ${(bytes / 1024 ** 3).toFixed(1)} GiB of memory for its indices, more than half of what is here`;
  yield warning('store memory', text, 'Use a Chroma server on a larger machine (database.host).');
}
