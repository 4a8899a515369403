import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from '@jest/globals';
import ts from 'typescript';

import { readmeSnippets } from './readme-snippets.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** As files that stand in the tools package, which has all packages at hand. */
function snippetFiles(): Map<string, string> {
  return new Map(
    readmeSnippets(root).map(({ readme, place, code }) => [
      join(root, 'tools/src', `${readme.replace(/\W/g, '-')}-${String(place)}.ts`),
      code,
    ]),
  );
}

test('every TypeScript snippet in a README compiles', () => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8'));
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const code = snippetFiles();
  expect(code.size).toBeGreaterThan(6);

  const host = ts.createCompilerHost(options);
  const disk = ts.createCompilerHost(options);
  host.fileExists = (path) => code.has(path) || disk.fileExists(path);
  host.readFile = (path) => code.get(path) ?? disk.readFile(path);
  host.getSourceFile = (path, target, ...rest) => {
    const text = code.get(path);
    return text === undefined ? disk.getSourceFile(path, target, ...rest) : ts.createSourceFile(path, text, target);
  };
  const program = ts.createProgram(
    [...code.keys()],
    { ...options, lib: [...(options.lib ?? []), 'lib.dom.d.ts'] },
    host,
  );
  const faults = [...code.keys()].flatMap((path) =>
    [
      ...program.getSyntacticDiagnostics(program.getSourceFile(path)),
      ...program.getSemanticDiagnostics(program.getSourceFile(path)),
    ].map(({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`),
  );
  expect(faults).toEqual([]);
});
