import { fileURLToPath } from 'node:url';

import { RedisServer } from '@fashionmatch/queue/testing';
import { expect, test } from '@jest/globals';
import ts from 'typescript';

import { canBeTyped, ExamplePlace } from '../end-to-end/running/example-place.js';
import { readmeSnippets } from './readme-snippets.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What runs it prints something: a snippet that says nothing shows nothing. */
const RUN_AND_PRINT = 'set -o pipefail; node --disable-warning=ExperimentalWarning snippet.mjs | grep .';

function inJavaScript(code: string): string {
  const { ES2022 } = ts.ScriptTarget;
  return ts.transpileModule(code, { compilerOptions: { target: ES2022, module: ts.ModuleKind.ESNext } }).outputText;
}

const REDIS = 'redis://127.0.0.1:6379';

const snippets = readmeSnippets(root).filter(({ code }) => canBeTyped(code));

test.each(snippets)('$readme: its snippet $place runs on the built packages', async ({ code }) => {
  await using redis = code.includes(REDIS) ? await RedisServer.start() : undefined;
  await using place = await ExamplePlace.open();
  expect(await place.type('fashionmatch config init')).toMatchObject({ works: true });
  await place.write('snippet.mjs', inJavaScript(code.replace(REDIS, redis?.url ?? REDIS)));
  expect(await place.type(RUN_AND_PRINT)).toEqual({ example: RUN_AND_PRINT, exitCode: 0, works: true, stderr: '' });
});
