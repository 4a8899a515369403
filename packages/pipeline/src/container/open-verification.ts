import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { EmbeddingJournal, Logger } from '@fashionmatch/domain';
import {
  connectEmbeddedChroma,
  connectRemoteChroma,
  hasEmbeddedStore,
  openChromaStoreHalves,
  openEmbeddedChroma,
  openLmdbEmbeddingJournal,
  openWriterLease,
  type ChromaConnection,
} from '@fashionmatch/storage';

import type { AppConfig } from '../config/config.js';
import { loadConfig } from '../config/load-config.js';
import { NO_JOURNAL } from '../no-journal.js';
import { SILENT_LOGGER, SILENT_PROGRESS } from '../silent.js';
import { ENCODED_AT_ONCE } from '../verification/encode-again.js';
import type { OpenVerificationOptions, VerificationDependencies } from '../verification/store-verification.js';
import { journalDirectory } from './chroma-store.js';
import { DECODE_CONCURRENCY } from './open-dependencies.js';
import { pipelineContainer } from './pipeline-container.js';
import { Resources } from './resources.js';
import { TOKENS } from './tokens.js';

export interface OpenedVerification {
  readonly dependencies: VerificationDependencies;
  readonly close: () => Promise<void>;
}

interface OpenedStore {
  /** Undefined where there is nothing to read, and nothing to mend. */
  readonly connection: ChromaConnection | undefined;
  readonly journal: EmbeddingJournal;
  readonly keepsJournal: boolean;
}

/** A damaged collection takes its server down each time it is touched; each is touched a few times. */
const SERVER_RESTARTS = 20;
const ATTEMPTS = 2;

/** Nobody else waits for the server, and a large index takes its time to be read in. */
const DEADLINE_MS = 600_000;

export async function openVerification(options: OpenVerificationOptions): Promise<OpenedVerification> {
  const { repair = false, logger = SILENT_LOGGER, progress = SILENT_PROGRESS, signal } = options;
  const config = options.config ?? (await loadConfig({ path: options.configPath }));
  const resources = new Resources();
  const container = pipelineContainer({
    ...{ config, logger, progress, resources },
    ...{ access: 'write', offline: !repair, replaceOther: false },
  });
  try {
    const { connection, journal, keepsJournal } = await openStore({ config, logger, repair, resources, signal });
    const [scorer, decoder, sources] = await Promise.all([
      container.getAsync(TOKENS.scorer),
      container.getAsync(TOKENS.decoder),
      container.getAsync(TOKENS.sources),
    ]);
    const { collectionName, batchSize } = config.database;
    const { handles: encoders } = scorer;
    const halves = await openChromaStoreHalves({ connection, collectionName, batchSize, encoders, logger });
    const references = sources.references(config.scraper.referencesDir);
    const fileExists = (path: string): Promise<boolean> => references.exists(path);
    const readImage = (path: string): Promise<Uint8Array> => sources.readImage(path);
    const store = { halves, journal, encoders, fileExists, logger };
    const tools = { readImage, decoder, scorer, batchSize: ENCODED_AT_ONCE, decodeConcurrency: DECODE_CONCURRENCY };
    return { dependencies: { store, tools, keepsJournal }, close: resources.close };
  } catch (error) {
    await resources.close();
    throw error;
  }
}

interface OpenStoreOptions {
  readonly config: AppConfig;
  readonly logger: Logger;
  readonly repair: boolean;
  readonly resources: Resources;
  readonly signal: AbortSignal | undefined;
}

async function openStore({ config, logger, repair, resources, signal }: OpenStoreOptions): Promise<OpenedStore> {
  const { host, persistDirectory, collectionName, ...remote } = config.database;
  if (host !== undefined) {
    const remoteConnection = await connectRemoteChroma({ host, ...remote, signal, logger, deadlineMs: DEADLINE_MS });
    const connection = resources.add(await openWriterLease(remoteConnection, { collectionName, logger }));
    const journal = repair ? await temporaryJournal(collectionName, logger, resources) : NO_JOURNAL;
    return { connection, journal, keepsJournal: false };
  }
  const directory = journalDirectory(persistDirectory);
  const hasStore = await hasEmbeddedStore(persistDirectory);
  const hasJournal = (await stat(directory).catch(() => undefined)) !== undefined;
  const mends = repair && (hasStore || hasJournal);
  const connection = hasStore || mends ? await embeddedConnection(persistDirectory, logger, resources) : undefined;
  const journal = await openLmdbEmbeddingJournal({ directory, collectionName, readOnly: !mends, logger });
  return { connection, journal: resources.add(journal), keepsJournal: mends };
}

async function embeddedConnection(
  persistDirectory: string,
  logger: Logger,
  resources: Resources,
): Promise<ChromaConnection> {
  const server = await openEmbeddedChroma({ persistDirectory, access: 'write', restarts: SERVER_RESTARTS, logger });
  return connectEmbeddedChroma(resources.add(server), { attempts: ATTEMPTS, deadlineMs: DEADLINE_MS });
}

/** Holds what is encoded until the store has it, for those who keep no journal. */
async function temporaryJournal(
  collectionName: string,
  logger: Logger,
  resources: Resources,
): Promise<EmbeddingJournal> {
  const directory = await mkdtemp(join(tmpdir(), 'fashionmatch-journal-'));
  resources.add({ [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) });
  return resources.add(await openLmdbEmbeddingJournal({ directory, collectionName, logger }));
}
