import { fileURLToPath } from 'node:url';

import { expect, test } from '@jest/globals';
import ts from 'typescript';

import { ExamplePlace } from '../end-to-end/running/example-place.js';
import { readmeSnippets } from './readme-snippets.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What runs it prints something: a snippet that says nothing shows nothing. */
const RUN_AND_PRINT = 'set -o pipefail; node --disable-warning=ExperimentalWarning snippet.mjs | grep .';

function inJavaScript(code: string): string {
  const { ES2022 } = ts.ScriptTarget;
  return ts.transpileModule(code, { compilerOptions: { target: ES2022, module: ts.ModuleKind.ESNext } }).outputText;
}

test.each(readmeSnippets(root))('$readme: its snippet $place runs on the built packages', async ({ code }) => {
  await using place = await ExamplePlace.open();
  expect(await place.type('fashionmatch config init')).toMatchObject({ works: true });
  await place.write('snippet.mjs', inJavaScript(code));
  expect(await place.type(RUN_AND_PRINT)).toEqual({ example: RUN_AND_PRINT, exitCode: 0, works: true, stderr: '' });
});
