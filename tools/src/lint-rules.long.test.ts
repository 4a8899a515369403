import { fileURLToPath } from 'node:url';

import { expect, test } from '@jest/globals';
import { ESLint } from 'eslint';

const root = fileURLToPath(new URL('../..', import.meta.url));
// On a build machine the parser would take the files from the disk instead of the code given here.
const parserOptions = { disallowAutomaticSingleRunInference: true };
const eslint = new ESLint({ cwd: root, overrideConfig: { languageOptions: { parserOptions } } });

/** What lint says of a file that would stand at this path. */
async function lint(path: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: `${root}/${path}` });
  return (
    result?.messages.filter(({ ruleId }) => ruleId === 'boundaries/dependencies').map(({ message }) => message) ?? []
  );
}

test.each([
  [
    'an adapter in the domain',
    'packages/domain/src/search/fusion.ts',
    "import '@fashionmatch/encoders';",
    'The domain is pure',
  ],
  ['a Node module in the domain', 'packages/domain/src/search/fusion.ts', "import 'node:fs';", 'The domain is pure'],
  ['a library in the domain', 'packages/domain/src/search/fusion.ts', "import 'zod';", 'The domain is pure'],
  [
    'one adapter in another',
    'packages/storage/src/files/safe-open.ts',
    "import '@fashionmatch/encoders';",
    'never each other',
  ],
  [
    'an adapter in the application',
    'packages/pipeline/src/embedding/plan.ts',
    "import '@fashionmatch/storage';",
    'ports only',
  ],
  [
    'an adapter, imported late',
    'packages/pipeline/src/embedding/plan.ts',
    "await import('@fashionmatch/storage');",
    'ports only',
  ],
  ...['import type { A } from', 'export type { A } from', 'export { A } from', 'await import('].flatMap((form) => {
    const importing = (path: string): string => (form.endsWith('(') ? `${form}'${path}');` : `${form} '${path}';`);
    const at = (folder: string): string => `packages/pipeline/src/${folder}`;
    return [
      [`container in application: ${form}`, at('embedding/plan.ts'), importing('../container/tokens.js'), 'ports only'],
      [
        `entry points in application: ${form}`,
        at('search/thumbnails.ts'),
        importing('../entry-points/models.js'),
        'ports only',
      ],
      [
        `entry points in container: ${form}`,
        at('container/tokens.ts'),
        importing('../entry-points/models.js'),
        'neither the entry points',
      ],
      [
        `adapters in entry points: ${form}`,
        at('entry-points/models.ts'),
        importing('@fashionmatch/storage'),
        'alone names adapters',
      ],
      [`adapters in the doctor: ${form}`, at('doctor/round-trip.ts'), importing('@fashionmatch/storage'), 'ports only'],
    ];
  }),
  ['an adapter in the command line', 'apps/cli/src/run.ts', "import '@fashionmatch/storage';", 'not its adapters'],
  [
    'ONNX Runtime outside its file',
    'packages/encoders/src/models/preprocessor-config.ts',
    "import 'onnxruntime-node';",
    'Only packages/encoders',
  ],
  [
    'sharp outside its file',
    'packages/encoders/src/models/preprocessor-config.ts',
    "import 'sharp';",
    'Only packages/encoders',
  ],
  ['Chroma outside its file', 'packages/storage/src/files/safe-open.ts', "import 'chromadb';", 'Only packages/storage'],
])('lint forbids %s', async (_, path, code, because) => {
  expect((await lint(path, code)).join(' ')).toContain(because);
});

test.each([
  ['the domain in an adapter', 'packages/storage/src/files/safe-open.ts', "import '@fashionmatch/domain';"],
  [
    'the container in an entry point',
    'packages/pipeline/src/entry-points/models.ts',
    "import type { A } from '../container/tokens.js';",
  ],
  [
    'all layers in what the package offers',
    'packages/pipeline/src/index.ts',
    "export { TOKENS } from './container/tokens.js';",
  ],
  ['an adapter in the container', 'packages/pipeline/src/container/tokens.ts', "import '@fashionmatch/storage';"],
  ['assertions in a contract suite', 'packages/domain/src/testing/contract.ts', "import 'node:assert/strict';"],
])('lint allows %s', async (_, path, code) => {
  expect(await lint(path, code)).toEqual([]);
});
