import { PassThrough } from 'node:stream';

import { describe, expect, test } from '@jest/globals';

import { run } from './run.js';

/** Runs a command line that needs neither models nor a store. */
async function outcome(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const exitCode = await run(args, { stdin, stdout, stderr, env: {} });
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { exitCode, stdout: text(stdout), stderr: text(stderr) };
}

test('no arguments: short help, exit 0', async () => {
  const { exitCode, stdout, stderr } = await outcome();
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Usage: fashionmatch');
  expect(stdout).toContain('embed');
  expect(stderr).toBe('');
});

test('--version prints the version', async () => {
  expect(await outcome('--version')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test.each(['embed', 'search', 'serve', 'export', 'import'])('%s --help begins with examples', async (command) => {
  const { exitCode, stdout } = await outcome(command, '--help');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^Examples:\n {2}fashionmatch /);
  expect(stdout).toContain('--config <path>');
});

describe('a mistake is one line on standard error and exit 2:', () => {
  test.each([
    [['embedd'], "unknown command 'embedd' (Did you mean embed?)"],
    [['embed', '--forse'], "unknown option '--forse' (Did you mean --force?)"],
    [['embed', '--mode', 'some'], 'all, references, scraped'],
    [['embed', '--batch-size', '0'], 'a whole number from 1 to 1024'],
    [['embed', '--batch-size', '1025'], 'a whole number from 1 to 1024'],
    [['embed', '--batch-size', 'many'], 'a whole number from 1 to 1024'],
    [['embed', 'extra'], 'too many arguments'],
    [['search', 'a.jpg', '--weights', 'clip=0,dino=0'], 'clip=0.6,dino=0.4'],
  ])('%p', async (args, message) => {
    const { exitCode, stdout, stderr } = await outcome(...args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});

describe('whatever fails with --json, standard output is one document that says so:', () => {
  const MISSING = ['--config', '/nowhere/config.yaml'];

  test.each<[string[], string]>([
    [['embedd'], 'USAGE_INVALID'],
    [['embed', '--forse'], 'USAGE_INVALID'],
    [['search'], 'USAGE_INVALID'],
    [['search', 'a.jpg', '--where', 'price <'], 'USAGE_INVALID'],
    [['retry', '/nowhere/failed.jsonl'], 'USAGE_INVALID'],
    [['export', 'items.csv'], 'USAGE_INVALID'],
    [['completion', 'csh'], 'USAGE_INVALID'],
    ...[
      ['embed'],
      ['embed', '--dry-run'],
      ['search', 'a.jpg'],
      ['serve'],
      ['status'],
      ['verify'],
      ['models', 'list'],
      ['config', 'show'],
      ['watch'],
      ['doctor'],
      ['export', 'items.parquet'],
      ['import', 'items.parquet'],
    ].map((args): [string[], string] => [[...args, ...MISSING], 'CONFIG_INVALID']),
  ])('%j', async (args, code) => {
    const { exitCode, stdout, stderr } = await outcome(...args, '--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ schema_version: 1, status: 'failed', error: { code } });
    expect(JSON.parse(stdout)).toHaveProperty('error.message', expect.stringMatching(/\w/));
    expect(stderr).not.toBe('');
  });

  test('also when nobody foresaw it', async () => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const terminal = {
      stdin,
      stdout,
      stderr,
      get env(): never {
        throw new TypeError('there is no environment');
      },
    };
    expect(await run(['status', '--json'], terminal)).toBe(1);
    expect(JSON.parse(String(stdout.read()))).toMatchObject({ status: 'failed', error: { code: 'UNEXPECTED' } });
    expect(String(stderr.read())).toContain('there is no environment');
  });
});

describe('a filter that cannot be read', () => {
  const search = (...args: string[]): ReturnType<typeof outcome> =>
    outcome('search', 'a.jpg', '--where', 'price < and brand=Zara', ...args);

  test('is shown with a caret under the fault, and exit 2', async () => {
    const { exitCode, stdout, stderr } = await search();
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe(
      'fashionmatch: The filter cannot be read at character 9: "and" stands where a price such as 49.90 is expected.\n' +
        '  price < and brand=Zara\n' +
        '          ^\n',
    );
  });

  test('is one line of JSON in a JSON log', async () => {
    const { exitCode, stderr } = await search('--log-format', 'json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ code: 'USAGE_INVALID', msg: expect.stringContaining('character 9') });
  });
});
