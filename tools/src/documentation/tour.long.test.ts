import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { COMMAND_LINE } from '../end-to-end/running/fashionmatch-process.js';
import { startServe } from '../end-to-end/running/start-serve.js';
import { isAsShown, tourSteps, type TourStep } from './tour-steps.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** `npx` alone takes as long as some of the commands. */
const PRELUDE = `set -e; npx() { "$@"; }; fashionmatch() { '${process.execPath}' '${COMMAND_LINE}' "$@"; }`;

let checkout = '';
/** Where the tour is. */
let folder = '';

beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'fashionmatch-tour-'));
  folder = checkout;
  await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'));
  await symlink(join(root, 'tools'), join(checkout, 'tools'));
});

afterAll(async () => {
  await rm(checkout, { recursive: true });
});

/** Types the commands of a step into a shell, and follows it to the folder in which it ends. */
async function type({ commands }: TourStep): Promise<{ exitCode: number | null; printed: string; told: string }> {
  const place = join(checkout, 'place');
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn('bash', ['-c', `${PRELUDE}\ntrap 'pwd > ${place}' EXIT\n${commands}`], {
    cwd: folder,
    env: { PATH, HOME },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [printed, told] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  await once(child, 'close');
  folder = (await readFile(place, 'utf8')).trimEnd();
  return { exitCode: child.exitCode, printed, told };
}

const steps = tourSteps(join(root, 'docs/tour.md'));

test('the tour has what a tour should', () => {
  const typed = steps.map(({ commands }) => commands).join('');
  for (const command of ['sources', 'embed', 'search', 'duplicates', 'eval', 'serve', 'export', 'import', 'verify']) {
    expect(typed).toContain(`fashionmatch ${command}`);
  }
  expect(steps.filter(({ output }) => output !== undefined).length).toBeGreaterThan(6);
});

test.each(steps)('$commands', async (step) => {
  // What the tests themselves have done before.
  if (step.commands.startsWith('npm ')) return;
  if (step.commands.startsWith('npx fashionmatch serve')) {
    const { server, url } = await startServe([], folder, {});
    expect(await (await fetch(url)).text()).toContain('<title>');
    server.child.kill('SIGINT');
    expect((await server.outcome).exitCode).toBe(130);
    return;
  }
  const { exitCode, printed, told } = await type(step);
  expect({ exitCode, told: exitCode === step.exitCode ? '' : told }).toEqual({ exitCode: step.exitCode, told: '' });
  if (step.output !== undefined && !isAsShown(printed, step.output)) expect(printed).toBe(step.output);
});
