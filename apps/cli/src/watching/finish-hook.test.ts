import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RecordingLogger } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { finishHook, type FinishHook } from './finish-hook.js';

let folder = '';
let logger = new RecordingLogger();
let stop = new AbortController();

beforeEach(async () => {
  stop = new AbortController();
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-hook-'));
  logger = new RecordingLogger();
});

afterEach(() => rm(folder, { recursive: true }));

const told = (): string[] => logger.events.map(({ level, message }) => `${level}: ${message}`);

/** A program of Node's: what it is given as arguments is no shell's business. */
const node = (code: string, ...args: string[]): string => [process.execPath, '-e', `'${code}'`, ...args].join(' ');
const env = { PATH: process.env['PATH'], CHROMA_TOKEN: 'sesame', MINE: 'yes' };
const hook = (command: string, deadlineMs?: number): FinishHook =>
  finishHook(command, { env, logger, signal: stop.signal, ...(deadlineMs !== undefined && { deadlineMs }) });

test('a program gets the document on its standard input, its arguments as they are, and no secrets', async () => {
  const file = join(folder, 'out.json');
  const code =
    'const {MINE,CHROMA_TOKEN}=process.env;' +
    'require("fs").writeFileSync(process.argv[1],JSON.stringify({input:JSON.parse(require("fs").readFileSync(0,"utf8")),rest:process.argv.slice(2),MINE,CHROMA_TOKEN}))';
  await hook(node(code, file, '$HOME', '"two words"', '$(touch', 'x)', ';', 'ls'))({ total: 1 });
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    input: { total: 1 },
    rest: ['$HOME', 'two words', '$(touch', 'x)', ';', 'ls'],
    MINE: 'yes',
  });
  expect(told()).toEqual([]);
});

test('what goes wrong with it is told, and nothing more', async () => {
  await hook(node('console.error("no such channel");process.exit(3)'))({});
  await hook(join(folder, 'missing'))({});
  await hook(node('process.kill(process.pid,"SIGABRT")'))({});
  await hook(node('setTimeout(()=>{},60000)'), 500)({});
  expect(told()).toEqual([
    expect.stringMatching(/^warn: .* ended with 3: no such channel$/),
    expect.stringMatching(/^warn: .*missing cannot be started: .*ENOENT/),
    expect.stringMatching(/^warn: .* was ended by SIGABRT$/),
    expect.stringMatching(/^warn: .* was ended by SIGKILL after 0.5 s$/),
  ]);
});

test('of much that it says, the last is told, even when it comes after its end', async () => {
  // The child of the program still has its standard error when it has ended.
  const code =
    'console.error("a long story ".repeat(1000));' +
    'require("child_process").spawn("sh",["-c",process.argv[1]],{stdio:"inherit"});' +
    'setTimeout(()=>process.exit(1),50)';
  await hook(node(code, '"sleep 0.15; echo the reason >&2"'))({});
  expect(told()).toEqual([expect.stringMatching(/ended with 1: ….*a long story the reason$/)]);
});

test('one whose child goes on is not waited for', async () => {
  const code =
    'require("child_process").spawn("sleep",["10"],{stdio:"inherit"});console.error("gone ahead");' +
    'setTimeout(()=>process.exit(1),50)';
  const startedAt = performance.now();
  await hook(node(code))({});
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  expect(told()).toEqual([expect.stringMatching(/ended with 1: gone ahead$/)]);
});

test('after a stop it may come to its end, is asked to, and is ended', async () => {
  const pause = (ms: number): Promise<void> => hook(node(`setTimeout(()=>{},${String(ms)})`))({});
  const deaf = hook(node('process.on("SIGTERM",()=>{});setTimeout(()=>{},60000)'));
  const polite = hook(node('process.on("SIGTERM",()=>process.exit(0));setTimeout(()=>{},60000)'));
  const late = hook(node(''));
  const running = Promise.all([pause(0), pause(60_000), deaf({}), polite({})]);
  const startedAt = performance.now();
  stop.abort();
  await running;
  // What the whole command has to come to its end is 4.5 s.
  expect(performance.now() - startedAt).toBeLessThan(4_500);
  await late({});
  expect(told()).toEqual([
    expect.stringMatching(/was ended by SIGTERM, for the watch was stopped$/),
    expect.stringMatching(/was ended by SIGKILL, for the watch was stopped$/),
    expect.stringMatching(/was not started, for the watch was stopped$/),
  ]);
});

test('one that does not read its input does no harm', async () => {
  await hook(node('process.exit(0)'))({ long: 'x'.repeat(1_000_000) });
  expect(told()).toEqual([]);
});

test('no program is no hook', () => {
  expect(() => hook('  ')).toThrow('--on-finish names no program');
});
