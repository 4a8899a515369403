import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';

import { output } from './commands.js';
import { ROOT } from './packages.js';

const MANIFESTS = [
  'package.json',
  'packages/domain/package.json',
  'packages/encoders/package.json',
  'packages/storage/package.json',
  'packages/pipeline/package.json',
  'apps/cli/package.json',
  'examples/package.json',
  'tools/package.json',
];
const PLANS = '.nx/version-plans';

const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
});
const lockSchema = z.object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) });
const releaseSchema = z.object({ release: z.looseObject({ version: z.record(z.string(), z.unknown()) }) });

let folder = '';

/** What is in the repository now, committed in a folder of its own. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-rehearsal-'));
  const tracked = await output('git', ['ls-files', '--cached', '--others', '--exclude-standard'], ROOT);
  for (const path of tracked.split('\n').filter((line) => line !== '' && !line.startsWith(PLANS))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await copyFile(join(ROOT, path), join(folder, path));
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await withoutReleaseCheck();
  await git('init', '--quiet');
  await git('config', 'user.name', 'Rehearsal');
  await git('config', 'user.email', 'rehearsal@example.com');
  await commitAll('What is to be released');
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** It is run by itself, and takes minutes. */
async function withoutReleaseCheck(): Promise<void> {
  const path = join(folder, 'nx.json');
  const configuration = releaseSchema.loose().parse(JSON.parse(await readFile(path, 'utf8')));
  expect(configuration.release.version['preVersionCommand']).toBe('npm run release-check');
  delete configuration.release.version['preVersionCommand'];
  await writeFile(path, JSON.stringify(configuration, null, 2));
}

function git(...args: string[]): Promise<string> {
  return output('git', args, folder);
}

async function commitAll(message: string): Promise<void> {
  await git('add', '--all', '--', '.', ':!node_modules');
  await git('commit', '--quiet', '--message', message);
}

const nx = (...args: string[]): Promise<string> =>
  output(process.execPath, [join(ROOT, 'node_modules/nx/dist/bin/nx.js'), ...args], folder);

test('a release gives every package its version, and what it needs of the others the same', async () => {
  const before = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).version;
  const [major = 0, minor = 0] = before.split('.').map(Number);
  const version = `${String(major)}.${String(minor + 1)}.0`;
  await nx('release', 'plan', 'minor', '--message', 'Hits can be sorted by price.', '--onlyTouched=false');
  await nx('release', 'plan', 'patch', '--message', 'A torn journal says so.', '--onlyTouched=false');
  await commitAll('Two changes, each with what it means to users');

  await nx('release', '--skip-publish');

  const lock = lockSchema.parse(JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')));
  for (const path of MANIFESTS) {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, path), 'utf8')));
    expect([path, manifest.version]).toEqual([path, version]);
    const ofOurs = Object.entries(manifest.dependencies).filter(([name]) => name.startsWith('@fashionmatch/'));
    expect(ofOurs).toEqual(ofOurs.map(([name]) => [name, version]));
    expect(lock.packages[path === 'package.json' ? '' : dirname(path)]?.version).toBe(version);
  }

  const changelog = await readFile(join(folder, 'CHANGELOG.md'), 'utf8');
  const [latest = ''] = changelog.split(/\n(?=## )/);
  expect(latest).toMatch(new RegExp(`^## ${version} \\(\\d{4}-\\d\\d-\\d\\d\\)\\n`));
  expect(latest).toContain('- Hits can be sorted by price.');
  expect(latest).toContain('- A torn journal says so.');
  expect(changelog).toContain(await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8'));

  expect(await git('log', '-1', '--format=%s')).toBe(`Release ${version}\n`);
  expect(await git('tag', '--points-at', 'HEAD')).toBe(`v${version}\n`);
  expect(await git('status', '--porcelain', '--', '.', ':!node_modules')).toBe('');
  expect(await git('ls-files', PLANS)).toBe('');
});
