import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import type { CommonOptions } from '../declaration/common-options.js';
import { logFilePath } from '../declaration/option-values.js';
import { terminalLog } from './terminal-log.js';

const OPTIONS: CommonOptions = { progress: true, color: true, input: true };

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-log-'));
});

afterAll(() => rm(folder, { recursive: true }));

function open(options: Partial<CommonOptions>, env: Record<string, string> = {}) {
  const lines: string[] = [];
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const log = terminalLog({ ...OPTIONS, ...options }, { stdin, stdout, stderr, env }, (line) => lines.push(line));
  return { log, lines };
}

function parsed(line: string): Record<string, unknown> {
  const value: Record<string, unknown> = JSON.parse(line);
  return value;
}

test('without a terminal, a line is JSON with level, time, message, fields and the id of the run', () => {
  const { log, lines } = open({});
  log.info('Found 150 image files', { source: 'references' });
  log.debug('not asked for');
  expect(lines.map(parsed)).toEqual([
    {
      level: 'info',
      msg: 'Found 150 image files',
      source: 'references',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      run_id: expect.stringMatching(/^[0-9a-f]{8}$/),
    },
  ]);
});

test('pretty lines are sentences', () => {
  const { log, lines } = open({ logFormat: 'pretty', color: false });
  log.warn('Failed vinted_1 (decode): damaged', { item_id: 'vinted_1' });
  expect(lines.join('')).toMatch(/^\[\d\d:\d\d:\d\d\] WARN: Failed vinted_1 \(decode\): damaged\n$/);
});

test('a terminal without colours is for people too', () => {
  const lines: string[] = [];
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const stderr = Object.assign(new PassThrough(), { isTTY: true });
  const terminal = { stdin, stdout, stderr, env: { TERM: 'dumb' } };
  terminalLog(OPTIONS, terminal, (line) => lines.push(line)).info('Found 150 image files');
  expect(lines.join('')).toMatch(/^\[\d\d:\d\d:\d\d\] INFO: Found 150 image files\n$/);
});

test('secrets are masked in messages and fields, in every format and in the file', async () => {
  const logFile = join(folder, 'secret.log');
  for (const logFormat of ['json', 'pretty'] as const) {
    const { log, lines } = open({ logFormat, logFile, color: false }, { CHROMA_TOKEN: 'open-sesame' });
    log.info('Asking with open-sesame', { headers: { 'x-chroma-token': 'another-one' } });
    expect(lines.join('')).toContain('********');
    expect(lines.join('')).not.toMatch(/sesame|another-one/);
  }
  expect(await readFile(logFile, 'utf8')).not.toMatch(/sesame|another-one/);
});

test('a log file is added to, is for its owner alone, and has no escape sequences', async () => {
  const logFile = join(folder, 'run.log');
  for (const message of ['one', 'two \u001b[31mred']) open({ logFile, logFormat: 'pretty' }).log.info(message);
  const text = await readFile(logFile, 'utf8');
  const lines = text.trimEnd().split('\n');
  expect(lines.map((line) => parsed(line)['msg'])).toEqual(['one', 'two \ufffd[31mred']);
  expect(text).not.toContain('\u001b');
  expect((await stat(logFile)).mode & 0o777).toBe(0o600);
});

test('what the terminal shows in its own way is in the file too', async () => {
  const logFile = join(folder, 'fault.log');
  const { log, lines } = open({ logFile });
  log.toFileOnly('It cannot go on', { code: 'STORE_FAILED' });
  expect(lines).toEqual([]);
  expect(JSON.parse(await readFile(logFile, 'utf8'))).toMatchObject({ msg: 'It cannot go on', code: 'STORE_FAILED' });
});

test('a log file that cannot be written is found out before anything begins', () => {
  expect(logFilePath(join(folder, 'fine.log'))).toBe(join(folder, 'fine.log'));
  expect(() => logFilePath(join(folder, 'none/x.log'))).toThrow('cannot be written');
  expect(() => logFilePath(folder)).toThrow('cannot be written');
});
