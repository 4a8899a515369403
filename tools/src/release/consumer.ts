import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { output } from './commands.js';
import type { Tarball } from './tarballs.js';

/** What a program for the oldest Node.js that is supported is written against. */
export const NODE_TYPES = { '@types/node': '20.19.43' };

export interface ConsumerOptions {
  /** Made where it is not there yet. */
  readonly directory: string;
  readonly tarballs: readonly Tarball[];
  /** The packages that it needs. */
  readonly names: readonly string[];
  readonly devDependencies?: Readonly<Record<string, string>>;
  /** npm's cache; the user's unless given. */
  readonly cache?: string;
}

/** A project of another team, in a folder of its own, with some of the packages installed from their tarballs. */
export async function installConsumer(options: ConsumerOptions): Promise<void> {
  const { directory, tarballs, names, devDependencies = {}, cache } = options;
  const paths = new Map(tarballs.map(({ name, path }) => [name, `file:${path}`]));
  const manifest = {
    name: 'consumer',
    private: true,
    type: 'module',
    dependencies: Object.fromEntries(names.map((name) => [name, paths.get(name)])),
    devDependencies,
  };
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest, null, 2));
  // onnxruntime-node's script would fetch CUDA libraries from outside the registry.
  const quietly = ['--engine-strict', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await output('npm', ['install', ...quietly, ...(cache === undefined ? [] : ['--cache', cache])], directory);
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

const BUILT_IN_MODELS = { models: { clip_model: 'builtin/colour-layout', dino_model: 'builtin/structure' } };

/** Has the installed command line embed the photograph that comes with the built-in models, and find it again. */
export async function runCommandLine(directory: string): Promise<void> {
  await writeFile(join(directory, 'config.yaml'), JSON.stringify(BUILT_IN_MODELS));
  const fashionmatch = (...args: string[]): Promise<string> =>
    output(join(directory, 'node_modules/.bin/fashionmatch'), [...args, '--config', 'config.yaml'], directory);
  const photographs = join('node_modules', '@fashionmatch', 'encoders', 'builtin', 'golden');
  await fashionmatch('embed', '--mode', 'references', '--references-dir', photographs);
  const found = await fashionmatch('search', join(photographs, 'image.png'));
  if (!/^ *1 .*1\.000/m.test(found)) throw new Error(`the photograph was not found again:\n${found}`);
}
