import { PassThrough } from 'node:stream';

import { FashionMatchError } from '@fashionmatch/domain';
import { expect, test } from '@jest/globals';

import { EXIT } from './exit-code.js';
import { reporting } from './reporting.js';
import { openSession, type Session } from './session.js';

/** What a command that does this work prints, with `--json`. */
async function outcome(
  work: (session: Session) => void,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const session = openSession(
    { json: true, progress: true, color: true, input: true },
    { stdin, stdout, stderr, env: {} },
  );
  const exitCode = await reporting(session, () => {
    work(session);
    throw new FashionMatchError('STORE_FAILED', 'The store broke.');
  });
  return { exitCode, stdout: String(stdout.read()), stderr: String(stderr.read()) };
}

test('a failure is a document', async () => {
  const { exitCode, stdout, stderr } = await outcome(() => undefined);
  expect(exitCode).toBe(EXIT.fatal);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', error: { code: 'STORE_FAILED' } });
  expect(stderr).toBe('fashionmatch: The store broke.\n');
});

test('a failure after a document, such as the address of `serve`, is told on standard error only', async () => {
  const { exitCode, stdout, stderr } = await outcome(({ print }) => {
    print(
      () => ({ url: 'http://127.0.0.1:3210/' }),
      () => '',
    );
  });
  expect(exitCode).toBe(EXIT.fatal);
  expect(JSON.parse(stdout)).toEqual({ url: 'http://127.0.0.1:3210/' });
  expect(stderr).toBe('fashionmatch: The store broke.\n');
});
