import { createHash } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import type { AppConfig } from '@fashionmatch/pipeline';

import { version } from '../version.js';

/** The shortest of what systems let the address of a socket be, in bytes. */
const MOST_BYTES = 103;

/** Where models are looked for, and what they are taken from, beside what the configuration says. */
const MODEL_VARIABLES = ['HF_HOME', 'HF_HUB_CACHE', 'HF_ENDPOINT', 'HF_HUB_OFFLINE', 'XDG_CACHE_HOME'] as const;

/**
 * Where a server that was started with this configuration, in this folder and by this user, answers searches of the command
 * line; undefined where there is no place for it. It is known to nobody else: the folder belongs to this user alone.
 */
export async function searchSocket(config: AppConfig, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const folder = await privateFolder(env);
  if (folder === undefined) return undefined;
  const { models, database, sources, limits } = config;
  // What only opens the store does not change what is found in it, and secrets are in no name.
  const ways = { token: undefined, headers: undefined, patienceMs: undefined };
  const place = { ...database, ...ways, persistDirectory: resolve(database.persistDirectory) };
  const variables = MODEL_VARIABLES.map((name) => env[name] ?? null);
  const known = [version(), process.cwd(), models, place, sources, limits, variables];
  const path = join(folder, createHash('sha256').update(JSON.stringify(known)).digest('hex').slice(0, 32));
  return Buffer.byteLength(path) <= MOST_BYTES ? path : undefined;
}

/** Undefined where it is somebody else's, or open to others. */
async function privateFolder({ XDG_RUNTIME_DIR: runtime = '' }: NodeJS.ProcessEnv): Promise<string | undefined> {
  const user = process.getuid?.();
  if (user === undefined) return undefined;
  const folder = join(runtime === '' ? tmpdir() : runtime, `fashionmatch-${String(user)}`);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch {
    // It is there, or cannot be made: looked at next.
  }
  const found = await lstat(folder).catch(() => undefined);
  const isOurs = found?.isDirectory() === true && found.uid === user && (found.mode & 0o077) === 0;
  return isOurs ? folder : undefined;
}
