import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { connectRemoteChroma, type ChromaConnection, type EmbeddedChroma } from '@fashionmatch/storage';
import { RecordingLogger } from '@fashionmatch/domain/testing';

import { FashionmatchProcess } from '../../end-to-end/running/fashionmatch-process.js';
import type { ImageFolders } from '../distinct-images.js';

/** Starts a program where it sees no other process, and none sees it, as on another host. */
const ELSEWHERE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
const mayContain = spawnSync('unshare', [...ELSEWHERE.slice(1), 'true']).status === 0;

const POLL_MS = 20;

/** One store on a server that two hosts write to. */
export class SharedStore {
  readonly collectionName: string;
  readonly #server: EmbeddedChroma;
  readonly #workingDirectory: string;

  constructor(server: EmbeddedChroma, collectionName: string, workingDirectory: string) {
    this.#server = server;
    this.collectionName = collectionName;
    this.#workingDirectory = workingDirectory;
  }

  /** Runs `fashionmatch embed` over scraped batches, on a host of its own as far as the system lets us have one. */
  startWriter({ scrapedDirectory }: ImageFolders): FashionmatchProcess {
    return new FashionmatchProcess(
      ['embed', '--mode', 'scraped', '--json', '--log-level', 'error', '--no-progress'],
      this.#workingDirectory,
      {
        FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
        FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
        FASHIONMATCH_DATABASE__HOST: this.#server.host,
        FASHIONMATCH_DATABASE__PORT: String(this.#server.port),
        FASHIONMATCH_DATABASE__COLLECTION_NAME: this.collectionName,
        FASHIONMATCH_SCRAPER__OUTPUT_DIR: scrapedDirectory,
      },
      mayContain ? ELSEWHERE : [],
    );
  }

  /** Waits until somebody has the lease. @returns false when the run ends first. */
  async isLeased(run: FashionmatchProcess): Promise<boolean> {
    const { request } = await this.#connect();
    const ended = run.outcome.then(() => true);
    for (;;) {
      const names = await request(async (client) => (await client.listCollections()).map(({ name }) => name));
      if (names.includes(`${this.collectionName}_writer`)) return true;
      if (await Promise.race([ended, delay(POLL_MS, false)])) return false;
    }
  }

  /** What a writer that has ended must not leave behind. */
  async leftovers(): Promise<string[]> {
    const { request } = await this.#connect();
    const names = await request(async (client) => (await client.listCollections()).map(({ name }) => name));
    return names
      .filter((name) => name === `${this.collectionName}_writer`)
      .map((name) => `The collection ${name} was left behind.`);
  }

  #connect(): Promise<ChromaConnection> {
    return connectRemoteChroma({ host: this.#server.host, port: this.#server.port, logger: new RecordingLogger() });
  }
}

/** Sends a signal to the command line itself, which may be the child of what keeps it out of sight. */
export async function signalWriter({ child }: FashionmatchProcess, signal: NodeJS.Signals): Promise<void> {
  const pid = String(child.pid ?? 0);
  const children = mayContain ? await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8') : pid;
  process.kill(Number(children.trim().split(' ')[0]), signal);
}
