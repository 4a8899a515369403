import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { output } from './commands.js';
import type { Tarball } from './tarballs.js';

/** What a program for the oldest Node.js that is supported is written against. */
const NODE_TYPES = '20.19.43';

/** A project of another team, in a folder of its own, with some of the packages installed from their tarballs. */
export async function installConsumer(
  directory: string,
  tarballs: readonly Tarball[],
  names: readonly string[],
): Promise<void> {
  const paths = new Map(tarballs.map(({ name, path }) => [name, `file:${path}`]));
  const manifest = {
    name: 'consumer',
    private: true,
    type: 'module',
    dependencies: Object.fromEntries(names.map((name) => [name, paths.get(name)])),
    devDependencies: { '@types/node': NODE_TYPES },
    // What the packages need of each other is not in the registry before it is published.
    overrides: Object.fromEntries([...paths].filter(([name]) => !names.includes(name))),
  };
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest, null, 2));
  // onnxruntime-node's script would fetch CUDA libraries from outside the registry.
  await output('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], directory);
}

const COMPILER_OPTIONS = { strict: true, noEmit: true, target: 'es2023', types: ['node'], skipLibCheck: false };

/** Type-checks a program that imports every entry point, under the two module resolutions in use. */
export async function typeCheck(directory: string, compiler: string, entries: readonly string[]): Promise<void> {
  const imports = entries.map((entry, i) => `import * as entry${String(i)} from '${entry}';`);
  const uses = entries.map((_, i) => `entry${String(i)}`).join(', ');
  await writeFile(join(directory, 'consumer.mts'), `${imports.join('\n')}\nexport const all = [${uses}];\n`);
  for (const [name, resolution] of [
    ['nodenext', { module: 'nodenext', moduleResolution: 'nodenext' }],
    ['bundler', { module: 'esnext', moduleResolution: 'bundler' }],
  ] as const) {
    const config = join(directory, `tsconfig.${name}.json`);
    const lib = ['es2023', 'esnext.disposable'];
    const compilerOptions = { ...COMPILER_OPTIONS, lib, ...resolution };
    await writeFile(config, JSON.stringify({ compilerOptions, files: ['consumer.mts'] }));
    const said = await output(process.execPath, [compiler, '-p', config, '--pretty', 'false'], directory).catch(String);
    const ours = said.split('\n').filter((line) => line.includes('error TS') && !isOfOthers(line));
    if (ours.length > 0) throw new Error(`${name}: ${ours.join('\n')}`);
  }
}

/** Declarations of other packages have faults that nobody here can mend. */
function isOfOthers(line: string): boolean {
  return line.startsWith('node_modules/') && !line.startsWith('node_modules/@fashionmatch/');
}

/** The names that a running program gets from an entry point, with `import` and with `require`. */
export async function runtimeNames(directory: string, entry: string): Promise<{ esm: string[]; cjs: string[] }> {
  const print = 'process.stdout.write(JSON.stringify(Object.keys(entry).sort()))';
  const esm = `import * as entry from ${JSON.stringify(entry)}; ${print}`;
  const cjs = `const entry = require(${JSON.stringify(entry)}); ${print}`;
  const run = async (file: string, code: string): Promise<string[]> => {
    await writeFile(join(directory, file), code);
    const names: unknown = JSON.parse(await output(process.execPath, [file], directory));
    return Array.isArray(names) ? names.map(String) : [];
  };
  return { esm: await run('names.mjs', esm), cjs: await run('names.cjs', cjs) };
}
