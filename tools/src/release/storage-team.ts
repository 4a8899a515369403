import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { output } from './commands.js';
import { installConsumer } from './consumer.js';
import { ROOT } from './packages.js';
import type { Tarball } from './tarballs.js';

/** What a team may wait for the two packages that it needs for a store of its own. */
const INSTALL_SECONDS = 60;

/** Chroma's server, LMDB, and what LMDB reads its values with. */
const NATIVE = /^(?:chromadb-js-bindings-|@lmdb\/lmdb-|@msgpackr-extract\/)/;

const FILL = `
  import { sampleItem } from '@fashionmatch/domain/testing';
  import { connectEmbeddedChroma, openChromaVectorStore, openEmbeddedChroma } from '@fashionmatch/storage';
  const chroma = await openEmbeddedChroma({ persistDirectory: 'chromadb', logger: console });
  const dimensions = { clip: 512, dino: 384 };
  const encoders = { clip: { id: 'a', dimensions: 512 }, dino: { id: 'b', dimensions: 384 } };
  const connection = await connectEmbeddedChroma(chroma);
  const store = await openChromaVectorStore({ connection, collectionName: 'fashion_items', encoders, logger: console });
  await store.upsert(['coat', 'dress', 'shoe'].map((id) => sampleItem(id, dimensions)));
  await store[Symbol.asyncDispose]();
  await chroma[Symbol.asyncDispose]();
`;

const CONTRACT = `
  import { test } from 'node:test';
  import { vectorStoreContract } from '@fashionmatch/domain/testing';
  import { JsonFileStore } from './json-file-store.js';
  let opened = 0;
  vectorStoreContract(test, (dimensions) => JsonFileStore.open(dimensions, 'contract-' + opened++ + '.json'));
`;

/**
 * A team that takes `domain` and `storage` only, with nothing in npm's cache, and brings a store of its own: the
 * example, and the contract suite under Node's own test runner.
 *
 * @returns seconds that the installation took.
 * @throws when it took too long, brings native code that storage does not need, or something does not work.
 */
export async function checkStorageTeam(directory: string, tarballs: readonly Tarball[]): Promise<number> {
  const startedAt = performance.now();
  const names = ['@fashionmatch/domain', '@fashionmatch/storage'];
  await installConsumer({ directory, tarballs, names, cache: `${directory}-cache` });
  const seconds = (performance.now() - startedAt) / 1000;
  if (seconds > INSTALL_SECONDS) throw new Error(`the installation took ${seconds.toFixed(0)} s`);

  const native = await nativePackages(directory);
  const unneeded = native.filter((name) => !NATIVE.test(name));
  if (native.length === 0 || unneeded.length > 0) throw new Error(`native code in ${unneeded.join(', ') || 'nothing'}`);

  for (const file of ['bring-your-own-store.js', 'json-file-store.js']) {
    await copyFile(join(ROOT, 'examples', 'dist', file), join(directory, file));
  }
  await writeFile(join(directory, 'fill.js'), FILL);
  await writeFile(join(directory, 'contract.test.js'), CONTRACT);
  await output(process.execPath, ['fill.js'], directory);
  const said = await output(process.execPath, ['bring-your-own-store.js', 'chromadb', 'own.json'], directory);
  if (!said.includes('3 items taken over, 3 in own.json')) throw new Error(`bring-your-own-store said: ${said}`);
  const tested = await output(process.execPath, ['--test', '--test-reporter=tap'], directory);
  if (!/^# pass [1-9]\d+$/m.test(tested)) throw new Error(`the contract suite did not run:\n${tested}`);
  return seconds;
}

/** @throws when `domain` brings other packages or native code with it. */
export async function checkDomainAlone(directory: string, tarballs: readonly Tarball[]): Promise<void> {
  await installConsumer({ directory, tarballs, names: ['@fashionmatch/domain'] });
  const native = await nativePackages(directory);
  if (native.length > 0) throw new Error(`native code in ${native.join(', ')}`);
  const others = (await packagesIn(directory)).filter((name) => name !== '@fashionmatch/domain');
  if (others.length > 0) throw new Error(`brings ${others.join(', ')}`);
}

/** Installed packages, of any depth, that have code for the machine in them. */
async function nativePackages(directory: string): Promise<string[]> {
  const files = await readdir(join(directory, 'node_modules'), { recursive: true });
  const native = files.filter((file) => /\.(?:node|dylib|dll|exe|so[.\d]*)$/.test(file));
  return [...new Set(native.map(packageOf))].sort();
}

async function packagesIn(directory: string): Promise<string[]> {
  const files = await readdir(join(directory, 'node_modules'), { recursive: true });
  return [...new Set(files.filter((file) => file.endsWith('package.json')).map(packageOf))].sort();
}

/** `@scope/name` or `name`, of the innermost package that a file belongs to. */
function packageOf(file: string): string {
  const inner = file.split(/(?:^|[\\/])node_modules[\\/]/).at(-1) ?? '';
  const [first = '', second = ''] = inner.split(/[\\/]/);
  return first.startsWith('@') ? `${first}/${second}` : first;
}
