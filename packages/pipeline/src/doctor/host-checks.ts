import { statfs } from 'node:fs/promises';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';

import type { AppConfig } from '../config/app-config.js';
import { checked, fault, fine, warning, type Finding } from './finding.js';

const GIB = 1024 ** 3;

/** Both default models in float32 with their working memory, and a Chroma server with some thousand items. */
const ENOUGH_MEMORY = 2 * GIB;

/** A run of some ten thousand items; below a tenth of that, Chroma's index may be torn by a full disk. */
const ENOUGH_DISK = GIB;

export function systemFinding(): Finding {
  const { platform, arch, versions } = process;
  const system = `Node ${versions.node} on ${platform} ${arch}, ${String(availableParallelism())} cores`;
  const [major = 0, minor = 0] = versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return fine('system', system);
  return warning('system', system, 'Install Node 20.19 or later.');
}

/** @param versions of the native libraries, by name. */
export function versionsFinding(versions: () => Readonly<Record<string, string>>): Finding {
  try {
    const all = Object.entries(versions());
    return fine('libraries', all.map(([name, version]) => `${name} ${version}`).join(', '));
  } catch (thrown) {
    return fault('libraries', thrown, 'Install FashionMatch again.');
  }
}

export function memoryFinding(): Finding {
  const text = `${inGib(freemem())} free of ${inGib(totalmem())}`;
  if (freemem() >= ENOUGH_MEMORY) return fine('memory', text);
  return warning(
    'memory',
    text,
    'Close other programs, or set models.batch_size to 8 and limits.max_megapixels to 25.',
  );
}

export function diskFinding({ database }: AppConfig): Promise<Finding> {
  return checked('disk', async () => {
    const { bavail, bsize } = await statfs(await nearestExisting(resolve(database.persistDirectory)));
    const free = bavail * bsize;
    const text = `${inGib(free)} free where ${database.persistDirectory} is`;
    if (free >= ENOUGH_DISK) return fine('disk', text);
    const nextStep =
      'Free some space, or set database.persist_directory to another disk: a full one damages the store.';
    return { ...warning('disk', text, nextStep), ...(free < ENOUGH_DISK / 10 && ERROR) };
  });
}

const ERROR = { status: 'error', code: 'STORE_FAILED' } as const;

async function nearestExisting(path: string): Promise<string> {
  const exists = await statfs(path).then(
    () => true,
    () => false,
  );
  return exists || path === dirname(path) ? path : nearestExisting(dirname(path));
}

function inGib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
