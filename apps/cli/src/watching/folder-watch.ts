import { setTimeout as delay } from 'node:timers/promises';

import { FashionMatchError, reasonOf } from '@fashionmatch/domain';
import { watch } from 'chokidar';

export interface FolderWatchOptions {
  /** Milliseconds without a change after which the folders are quiet. */
  readonly quietMs: number;
  /** Milliseconds after the first change when it is time, quiet or not. */
  readonly atMostMs: number;
  /** What is neither looked into nor waited for. */
  readonly isIgnored: (path: string) => boolean;
  readonly signal: AbortSignal;
}

/** How often a waiting watch looks at the clock, in milliseconds. */
const TICK_MS = 100;

/** Tells when it is time to look at folders again. */
export interface FolderWatch extends AsyncDisposable {
  /** Ends when something has changed and things are quiet again. @returns false when the signal came first. */
  nextTime(): Promise<boolean>;
  /** As if something had changed now. */
  remind(): void;
  /** Whether a file or folder has gone since this was last asked. */
  takeRemoved(): boolean;
}

/**
 * Watches folders, with all that is in them, whether or not they are there yet.
 *
 * @throws FashionMatchError `SOURCE_UNREADABLE` when the system can watch no more; so does `nextTime`.
 */
export function watchFolders(folders: readonly string[], options: FolderWatchOptions): FolderWatch {
  const { quietMs, atMostMs, isIgnored, signal } = options;
  let firstChange: number | undefined;
  let lastChange = 0;
  let failure: Error | undefined;
  let hasRemoved = false;
  const noteChange = (): void => {
    lastChange = performance.now();
    firstChange ??= lastChange;
  };
  const watcher = watch([...folders], {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path) => isIgnored(path),
  });
  // 'all' says of a file that is being written every time it grows.
  watcher.on('all', noteChange).on('error', (error) => {
    failure ??= unwatchable(error);
  });
  watcher.on('unlink', () => (hasRemoved = true)).on('unlinkDir', () => (hasRemoved = true));
  return {
    remind: noteChange,
    takeRemoved: () => {
      const removed = hasRemoved;
      hasRemoved = false;
      return removed;
    },
    async nextTime() {
      for (;;) {
        if (failure) throw failure;
        if (signal.aborted) return false;
        const now = performance.now();
        if (firstChange !== undefined && (now - lastChange >= quietMs || now - firstChange >= atMostMs)) {
          firstChange = undefined;
          return true;
        }
        await delay(TICK_MS);
      }
    },
    async [Symbol.asyncDispose]() {
      await watcher.close();
    },
  };
}

function unwatchable(cause: unknown): FashionMatchError {
  return new FashionMatchError(
    'SOURCE_UNREADABLE',
    `The folders cannot be watched (${reasonOf(cause)}): raise the system's limit of watched files, or run embed now and then.`,
    { cause },
  );
}
