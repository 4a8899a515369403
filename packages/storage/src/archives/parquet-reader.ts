import { fork, type ChildProcess } from 'node:child_process';

import { unreadableArchive } from './archive-document.js';
import { replySchema, type ParquetReply, type ParquetRow } from './parquet-reader-protocol.js';

/** Right from the sources as well as from the built files. */
const PROCESS_FILE = new URL('../../dist/archives/parquet-reader-process.js', import.meta.url);

/** For one part; the largest page that is read takes some seconds. */
const DEADLINE_MS = 120_000;

const HEAP_MIB = 1_024;

/** A Parquet file that is open in a process of its own. */
export interface ParquetReader extends AsyncDisposable {
  /** How many rows each part has. */
  readonly parts: readonly number[];
  /** The columns that it has, of those that are read. */
  readonly columns: readonly string[];
  /** What the file says of itself as an archive. */
  readonly document: string | undefined;
  /** The rows of one part; the next one is the quickest to read. One call at a time. */
  read(part: number): Promise<ParquetRow[]>;
}

/** @throws FashionMatchError `SOURCE_UNREADABLE`, as do its methods, when the file cannot be read. */
export async function openParquet(path: string): Promise<ParquetReader> {
  const child = fork(PROCESS_FILE, [path], {
    serialization: 'advanced',
    execArgv: [`--max-old-space-size=${String(HEAP_MIB)}`],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const close = (): Promise<void> => {
    child.kill('SIGKILL');
    return Promise.resolve();
  };
  const reply = async (): Promise<Exclude<ParquetReply, { kind: 'fault' }>> => {
    const parsed = replySchema.parse(await messageOf(child, path));
    if (parsed.kind === 'fault') throw unreadableArchive(path, parsed.reason);
    return parsed;
  };
  try {
    const opened = await reply();
    if (opened.kind !== 'opened') throw outOfTurn(path);
    return {
      parts: opened.parts,
      columns: opened.columns,
      document: opened.document,
      read: async (part) => {
        child.send(part);
        const answer = await reply();
        if (answer.kind !== 'part') throw outOfTurn(path);
        return answer.rows;
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The next message of the process; an error when it ends instead, or is late. */
function messageOf(child: ChildProcess, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onEnd).off('error', onEnd);
    };
    const fail = (reason: string): void => {
      stop();
      child.kill('SIGKILL');
      reject(unreadableArchive(path, reason));
    };
    const onMessage = (message: unknown): void => {
      stop();
      resolve(message);
    };
    const onEnd = (): void => {
      fail('it is damaged (a part of it takes far more memory than it should)');
    };
    const timer = setTimeout(() => {
      fail(`a part of it could not be read within ${String(DEADLINE_MS / 1_000)} s`);
    }, DEADLINE_MS);
    child.on('message', onMessage).on('exit', onEnd).on('error', onEnd);
  });
}

const outOfTurn = (path: string): Error => unreadableArchive(path, 'its reader answered out of turn');
