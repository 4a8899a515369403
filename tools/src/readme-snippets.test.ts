import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from '@jest/globals';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every TypeScript block of every README, as a file that stands in the tools package. */
function snippets(): Map<string, string> {
  const found = new Map<string, string>();
  const folders = ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}/`),
  );
  for (const path of ['', ...folders].map((folder) => `${folder}README.md`)) {
    if (!existsSync(join(root, path))) continue;
    const text = readFileSync(join(root, path), 'utf8');
    for (const [i, [, code = '']] of [...text.matchAll(/```ts\n(.*?)```/gs)].entries()) {
      found.set(join(root, 'tools/src', `${path.replace(/\W/g, '-')}-${String(i + 1)}.ts`), code);
    }
  }
  return found;
}

test('every TypeScript snippet in a README compiles', () => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8'));
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const code = snippets();
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
}, 120_000);
