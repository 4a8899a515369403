import {
  Resources,
  type EmbeddingJournal,
  type EncoderFingerprint,
  type Logger,
  type PerSpace,
  type StoreAccess,
  type StoreEngine,
  type StoreHalf,
  type StoreStatus,
  type VectorStore,
} from '@fashionmatch/domain';

import { hasEmbeddedStore, openEmbeddedChroma } from '../chroma-server/embedded-chroma.js';
import { requireNotCutShort } from '../chroma-server/staged-store.js';
import { requireOurForm } from '../chroma-server/store-form.js';
import { journalFolderOf } from '../chroma-server/store-files.js';
import { findStoreHolder, folderSize } from '../chroma-server/store-folder.js';
import { revisionOf } from '../chroma-server/store-revision.js';
import { isThere } from '../files/presence.js';
import { openLmdbEmbeddingJournal } from '../journal/lmdb-embedding-journal.js';
import { openChromaStoreHalves } from './chroma-store-half.js';
import { openChromaVectorStore } from './chroma-vector-store.js';
import { dropCollections, holdsItems } from './collection-pair.js';
import { readCollectionsStatus } from './collection-status.js';
import {
  connectEmbeddedChroma,
  connectRemoteChroma,
  type ChromaConnection,
  type RemoteChromaOptions,
} from './connection/chroma-connection.js';
import { findWriter } from './lease/lease-watch.js';
import { openWriterLease } from './lease/writer-lease.js';

/** Where a store is: on the server at `host`, or else in a folder of this machine. */
export interface ChromaPlace extends Omit<RemoteChromaOptions, 'host' | 'logger' | 'signal' | 'deadlineMs'> {
  readonly host?: string | undefined;
  readonly persistDirectory: string;
  /** The collections are `{collectionName}_clip` and `{collectionName}_dino`. */
  readonly collectionName: string;
  /** Items an upsert, at most what the server takes. */
  readonly batchSize: number;
}

export interface ChromaStoreEngineOptions {
  readonly access: StoreAccess;
  readonly logger: Logger;
  /** Whether collections of another encoder are to be emptied; an error unless given. */
  readonly replaceOther?: boolean | undefined;
  /** Ends the waiting for a server that is away. */
  readonly signal?: AbortSignal | undefined;
}

interface Patience {
  /** How often the embedded server is started again when it has died, and one request is made of it. */
  readonly restarts?: number;
  readonly attempts?: number;
  readonly deadlineMs?: number;
}

/** Enough to ask the second collection after the first has taken the server down. */
const TO_LOOK: Patience = { restarts: 3, attempts: 2 };

/**
 * A damaged collection takes its server down each time it is touched; each is touched a few times. Nobody else waits
 * for the server, and a large index takes its time to be read in.
 */
const TO_MEND: Patience = { restarts: 20, attempts: 2, deadlineMs: 600_000 };

/** The one place that knows whether Chroma runs here or elsewhere. */
export function chromaStoreEngine(place: ChromaPlace, options: ChromaStoreEngineOptions): StoreEngine {
  const { host, ...others } = place;
  return host === undefined ? new EmbeddedEngine(place, options) : new RemoteEngine({ ...others, host }, options);
}

abstract class ChromaStoreEngine<Place extends ChromaPlace> implements StoreEngine {
  abstract readonly folder: string | undefined;
  protected readonly place: Place;
  protected readonly options: ChromaStoreEngineOptions;
  protected readonly opened = new Resources();
  #connection: Promise<ChromaConnection | undefined> | undefined;

  constructor(place: Place, options: ChromaStoreEngineOptions) {
    this.place = place;
    this.options = options;
  }

  async exists(): Promise<boolean> {
    return holdsItems(await this.connection(), this.place.collectionName);
  }

  async open(encoders: PerSpace<EncoderFingerprint>): Promise<VectorStore> {
    const create = this.options.access === 'write';
    return this.opened.add(await openChromaVectorStore({ ...(await this.#stored(encoders)), create }));
  }

  async halves(encoders: PerSpace<EncoderFingerprint>): Promise<PerSpace<StoreHalf>> {
    return openChromaStoreHalves(await this.#stored(encoders));
  }

  async drop(): Promise<void> {
    const connection = await this.connection();
    if (connection === undefined) return;
    await dropCollections(connection, this.place.collectionName);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.opened.close();
  }

  abstract status(): Promise<StoreStatus>;

  abstract journal(): Promise<EmbeddingJournal | undefined>;

  /** Undefined where nothing was ever stored, and nothing is to be. */
  protected abstract connect(patience: Patience): Promise<ChromaConnection | undefined>;

  /** Of all that the server has; undefined where that cannot be told. */
  protected abstract revision(): Promise<string | undefined>;

  protected get onlyReads(): boolean {
    return this.options.access === 'read';
  }

  protected connection(patience = this.#patience): Promise<ChromaConnection | undefined> {
    return (this.#connection ??= this.connect(patience));
  }

  get #patience(): Patience {
    return this.options.access === 'read' || this.options.access === 'write' ? {} : TO_MEND;
  }

  async #stored(encoders: PerSpace<EncoderFingerprint>) {
    const { collectionName, batchSize } = this.place;
    const { logger, replaceOther } = this.options;
    const adopting = this.options.access === 'adopt';
    const revision = (): Promise<string | undefined> => this.revision();
    const connection = await this.connection();
    return { connection, collectionName, batchSize, encoders, logger, replaceOther, adopting, revision };
  }
}

/** A server of one's own: whoever runs it keeps its data, and no journal is kept here. */
class RemoteEngine extends ChromaStoreEngine<ChromaPlace & { readonly host: string }> {
  readonly folder = undefined;

  async status(): Promise<StoreStatus> {
    const { host, port, ssl, path, collectionName } = this.place;
    const connection = await this.connection(TO_LOOK);
    return {
      location: `${host}:${String(port ?? (ssl ? 443 : 8000))}${path ?? ''}`,
      // Looked at before the collections: what is only half there may be on its way.
      holder: connection && (await findWriter(connection, { collectionName })),
      ...(await readCollectionsStatus(connection, collectionName)),
      journal: undefined,
      bytesOnDisk: undefined,
    };
  }

  journal(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  protected revision(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  protected async connect({ deadlineMs }: Patience): Promise<ChromaConnection> {
    const { logger, signal } = this.options;
    const connection = await connectRemoteChroma({ ...this.place, signal, logger, deadlineMs });
    if (this.onlyReads) return connection;
    const { collectionName } = this.place;
    return this.opened.add(await openWriterLease(connection, { collectionName, logger }));
  }
}

/** A server that lives as long as it is needed, on a folder with a journal beside its data. */
class EmbeddedEngine extends ChromaStoreEngine<ChromaPlace> {
  get folder(): string {
    return this.place.persistDirectory;
  }

  async status(): Promise<StoreStatus> {
    // Looked at before the server that we may start takes the folder.
    const holder = await findStoreHolder(this.folder);
    const bytesOnDisk = await folderSize(this.folder);
    await using journal = await this.#openJournal(true);
    const size = await journal.size();
    const collections = await readCollectionsStatus(await this.connection(TO_LOOK), this.place.collectionName);
    return { location: this.folder, holder, bytesOnDisk, journal: size, ...collections };
  }

  /** After the connection, whose lock guards the journal too. */
  async journal(): Promise<EmbeddingJournal | undefined> {
    const { access } = this.options;
    const connection = await this.connection();
    if (access === 'mend' && connection === undefined) return undefined;
    return this.opened.add(await this.#openJournal(access === 'read' || access === 'check'));
  }

  protected revision(): Promise<string | undefined> {
    return revisionOf(this.folder);
  }

  protected async connect({ restarts, ...patience }: Patience): Promise<ChromaConnection | undefined> {
    const { access, logger, replaceOther } = this.options;
    const isThere = await hasEmbeddedStore(this.folder);
    if (!isThere) await requireNotCutShort(this.folder);
    const isMade = access === 'write' || (access === 'mend' && (await this.#hasJournal()));
    if (!isThere && !isMade) return undefined;
    const mayChangeForm = access === 'adopt' || replaceOther === true || (await this.#hasJournal());
    if (isThere && !mayChangeForm) await requireOurForm(this.folder);
    const server = {
      persistDirectory: this.folder,
      access: this.onlyReads ? 'read' : 'write',
      restarts,
      logger,
    } as const;
    return connectEmbeddedChroma(this.opened.add(await openEmbeddedChroma(server)), patience);
  }

  get #journalFolder(): string {
    return journalFolderOf(this.folder);
  }

  #hasJournal(): Promise<boolean> {
    return isThere(this.#journalFolder);
  }

  #openJournal(readOnly: boolean): Promise<EmbeddingJournal & AsyncDisposable> {
    const { collectionName } = this.place;
    return openLmdbEmbeddingJournal({ directory: this.#journalFolder, collectionName, readOnly, ...this.options });
  }
}
