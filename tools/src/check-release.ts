import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { z } from 'zod';

import { installConsumer, NODE_TYPES, runCommandLine, runtimeNames, typeCheck } from './release/consumer.js';
import { output } from './release/commands.js';
import { entryPoints, manifestOf, PUBLISHED, ROOT } from './release/packages.js';
import { changesOf, publicNames } from './release/public-names.js';
import { checkDomainAlone, checkStorageTeam } from './release/storage-team.js';
import { contentFaults, packAll } from './release/tarballs.js';

/**
 * Checks the packages as they would be published: `node tools/dist/check-release.js [--write-names]`. Packs them,
 * installs the tarballs in an empty folder, and uses them there. The names that each offers to other programs are
 * listed in `tools/public-names.json`: a change to them counts only once it is written there (`--write-names`).
 */
const NAMES_FILE = join(ROOT, 'tools', 'public-names.json');
const namesSchema = z.record(z.string(), z.array(z.string()));
const require = createRequire(import.meta.url);

const directory = await mkdtemp(join(tmpdir(), 'fashionmatch-release-'));
const faults: string[] = [];
try {
  const tarballs = await packAll(directory);
  faults.push(...tarballs.flatMap(contentFaults));
  for (const { name, path } of tarballs) {
    await attempt(`${name}: publint`, () => output(bin('publint'), ['run', path, '--strict'], directory));
    if (name === '@fashionmatch/cli') continue;
    const attw = ['--profile', 'esm-only', '--no-color', path];
    await attempt(`${name}: are the types wrong`, () => output(bin('attw'), attw, directory));
  }

  await attempt('domain alone', () => checkDomainAlone(join(directory, 'domain-alone'), tarballs));
  await attempt('domain and storage, with a store of one’s own', async () => {
    const seconds = await checkStorageTeam(join(directory, 'storage-team'), tarballs);
    process.stdout.write(`domain and storage were installed in ${seconds.toFixed(1)} s, from an empty cache\n`);
  });

  const consumer = join(directory, 'consumer');
  const manifests = await Promise.all(PUBLISHED.map(manifestOf));
  const names = manifests.map(({ name }) => name);
  await installConsumer({ directory: consumer, tarballs, names, devDependencies: NODE_TYPES });
  const entries = manifests.flatMap(entryPoints);
  await attempt('type-checking a consumer', () => typeCheck(consumer, require.resolve('typescript/bin/tsc'), entries));
  await checkNames(consumer, entries);
  await attempt('the command line from its tarball', () => runCommandLine(consumer));
} finally {
  await rm(directory, { recursive: true });
}
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.exitCode = 1;
else process.stdout.write('The packages can be published.\n');

async function attempt(what: string, check: () => Promise<unknown>): Promise<void> {
  try {
    await check();
  } catch (error) {
    faults.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What is declared is what is there, for both kinds of program; and it is what was agreed. */
async function checkNames(consumer: string, entries: readonly string[]): Promise<void> {
  const found: Record<string, string[]> = {};
  for (const entry of entries) {
    const names = publicNames(declarationsOf(consumer, entry));
    found[entry] = names.map(({ name, isValue }) => (isValue ? name : `type ${name}`));
    const values = names.filter(({ isValue }) => isValue).map(({ name }) => name);
    await attempt(`${entry}: its names`, async () => {
      const { esm, cjs } = await runtimeNames(consumer, entry);
      for (const [kind, there] of Object.entries({ esm, cjs })) {
        const changes = changesOf(
          values,
          there.filter((name) => name !== 'default' && name !== '__esModule'),
        );
        if (changes.length > 0) throw new Error(`${kind}: ${changes.join(', ')} against its declarations`);
      }
    });
  }
  if (process.argv.includes('--write-names')) {
    await writeFile(NAMES_FILE, `${JSON.stringify(found, null, 2)}\n`);
    return;
  }
  const agreed = namesSchema.parse(JSON.parse(await readFile(NAMES_FILE, 'utf8')));
  for (const entry of new Set([...Object.keys(agreed), ...Object.keys(found)])) {
    const changes = changesOf(agreed[entry] ?? [], found[entry] ?? []);
    if (changes.length > 0) {
      faults.push(`${entry} offers other names than tools/public-names.json (--write-names): ${changes.join(', ')}`);
    }
  }
}

function declarationsOf(consumer: string, entry: string): string {
  const [scope = '', name = '', ...path] = entry.split('/');
  return join(consumer, 'node_modules', scope, name, 'dist', ...path, 'index.d.ts');
}

function bin(name: string): string {
  return join(ROOT, 'node_modules', '.bin', name);
}
