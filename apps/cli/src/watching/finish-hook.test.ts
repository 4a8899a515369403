import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RecordingLogger } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { finishHook } from './finish-hook.js';

let folder = '';
let logger = new RecordingLogger();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-hook-'));
  logger = new RecordingLogger();
});

afterEach(() => rm(folder, { recursive: true }));

const told = (): string[] => logger.events.map(({ level, message }) => `${level}: ${message}`);

/** A program of Node's: what it is given as arguments is no shell's business. */
const node = (code: string, ...args: string[]): string => [process.execPath, '-e', `'${code}'`, ...args].join(' ');
const env = { PATH: process.env['PATH'], CHROMA_TOKEN: 'sesame', MINE: 'yes' };

test('a program gets the document on its standard input, its arguments as they are, and no secrets', async () => {
  const file = join(folder, 'out.json');
  const code =
    'const {MINE,CHROMA_TOKEN}=process.env;' +
    'require("fs").writeFileSync(process.argv[1],JSON.stringify({input:JSON.parse(require("fs").readFileSync(0,"utf8")),rest:process.argv.slice(2),MINE,CHROMA_TOKEN}))';
  await finishHook(node(code, file, '$HOME', '"two words"', '$(touch', 'x)', ';', 'ls'), { env, logger })({ total: 1 });
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    input: { total: 1 },
    rest: ['$HOME', 'two words', '$(touch', 'x)', ';', 'ls'],
    MINE: 'yes',
  });
  expect(told()).toEqual([]);
});

test('what goes wrong with it is told, and nothing more', async () => {
  await finishHook(node('console.error("no such channel");process.exit(3)'), { env, logger })({});
  await finishHook(join(folder, 'missing'), { env, logger })({});
  await finishHook(node('setTimeout(()=>{},60000)'), { env, logger, deadlineMs: 500 })({});
  expect(told()).toEqual([
    expect.stringMatching(/^warn: .* ended with 3: no such channel$/),
    expect.stringMatching(/^warn: .*missing cannot be started: .*ENOENT/),
    expect.stringMatching(/^warn: .* was ended after 0.5 s \(SIGKILL\)$/),
  ]);
});

test('one that does not read its input does no harm', async () => {
  await finishHook(node('process.exit(0)'), { env, logger })({ long: 'x'.repeat(1_000_000) });
  expect(told()).toEqual([]);
});

test('no program is no hook', () => {
  expect(() => finishHook('  ', { env, logger })).toThrow('--on-finish names no program');
});
