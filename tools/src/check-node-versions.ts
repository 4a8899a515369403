import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { output } from './release/commands.js';
import { ROOT } from './release/packages.js';

/**
 * Installs and builds the last commit with each Node that is supported, and runs the unit tests and the demo there:
 * `node tools/dist/check-node-versions.js`. Node comes from the npm registry, which has it for Linux and macOS; some
 * minutes each. Everything is done in a temporary folder.
 */
const VERSIONS = ['20', '22', '24'];

const TESTED = ['packages/domain', 'packages/storage', 'packages/pipeline'];
const STEPS = [
  'npm ci',
  'npm run build',
  `npm run --silent jest -- --selectProjects unit --ci --testPathPatterns ${TESTED.join(' ')}`,
  'npm run demo',
];

const directory = await mkdtemp(join(tmpdir(), 'fashionmatch-node-'));
const path = process.env['PATH'];
try {
  for (const version of VERSIONS) {
    const bin = await installNode(version);
    process.env['PATH'] = `${bin}${delimiter}${path ?? ''}`;
    const checkout = join(directory, version);
    await output('git', ['clone', '--quiet', ROOT, checkout], directory);
    process.stdout.write(`Node ${(await output('node', ['--version'], checkout)).trim()}\n`);
    for (const step of STEPS) {
      const startedAt = performance.now();
      const [program = '', ...args] = step.split(' ');
      await output(program, args, checkout);
      process.stdout.write(`  ${step}: ${((performance.now() - startedAt) / 1_000).toFixed(0)} s\n`);
    }
    await rm(checkout, { recursive: true });
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true });
}

/** @returns the folder of its program. */
async function installNode(version: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const prefix = join(directory, `node-${version}`);
  await output('npm', ['install', '--silent', '--no-save', '--prefix', prefix, `${name}@${version}`], directory);
  return join(prefix, 'node_modules', name, 'bin');
}
