/**
 * Puts what the command line loads into a few files, where a command would open some five hundred: most of the time until
 * `--help`, `status` or `search` do anything went there. `dist/main.js`, beside the bundle, is the same program in its
 * modules. docs/decisions/2026-12-01-bundled-command-line.md says what speaks against it.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';

import { build } from 'esbuild';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '..', '..');
const OUTPUT = join(HERE, 'dist', 'bundle');

/** Libraries with files of their own beside their code, native for the most part. */
const LEFT_WHERE_THEY_ARE = /^(?:sharp|onnxruntime-node|lmdb|node-sqlite3-wasm)$/;

/** In the bundle, `require` and what stands for `import.meta.url` of the modules of packages. */
const PRELUDE = `
import { createRequire as fashionmatchCreateRequire } from 'node:module';
import { pathToFileURL as fashionmatchPathToFileURL } from 'node:url';
const require = fashionmatchCreateRequire(import.meta.url);
const fashionmatchManifest = (name) => {
  const pipeline = require.resolve('@fashionmatch/pipeline/package.json');
  return name === 'pipeline' ? pipeline : fashionmatchCreateRequire(pipeline).resolve('@fashionmatch/' + name + '/package.json');
};
const fashionmatchUrl = (name, path) => new URL(path, fashionmatchPathToFileURL(fashionmatchManifest(name))).href;
const fashionmatchRequire = (name) => fashionmatchCreateRequire(fashionmatchManifest(name));
`;

/** A module of ours knows its own files by `import.meta.url`, which has to mean what it means outside of the bundle. */
const ownFiles = {
  name: 'own files',
  setup({ onLoad }) {
    const filter = /[\\/](?:packages[\\/]\w+|apps[\\/]cli)[\\/]dist[\\/].*\.js$/;
    onLoad({ filter }, async ({ path }) => {
      const [place, name, ...rest] = relative(ROOT, path).split(sep);
      const code = await readFile(path, 'utf8');
      const url =
        place === 'apps'
          ? `new URL(${JSON.stringify(`../../${rest.join('/')}`)}, import.meta.url).href`
          : `fashionmatchUrl(${JSON.stringify(name)}, ${JSON.stringify(rest.join('/'))})`;
      return { contents: code.replaceAll('import.meta.url', url), loader: 'js' };
    });
  },
};

/** Found where the package that names them finds them, which may have them in a folder of its own. */
const leftWhereTheyAre = {
  name: 'left where they are',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: LEFT_WHERE_THEY_ARE }, ({ path, importer }) => {
      const [place, name] = relative(ROOT, importer).split(sep);
      if (place !== 'packages') throw new Error(`${importer} imports ${path}: only packages do`);
      return { path, namespace: 'elsewhere', pluginData: { name } };
    });
    onLoad({ filter: /.*/, namespace: 'elsewhere' }, ({ path, pluginData: { name } }) => {
      const library = createRequire(join(ROOT, 'packages', name, 'package.json'))(path);
      // Named one by one: what is imported while the program runs would have a default export only.
      const names = Object.keys(library).filter((key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== 'default');
      const contents = `
        const library = fashionmatchRequire(${JSON.stringify(name)})(${JSON.stringify(path)});
        export default library;
        export const { ${names.join(', ')} } = library;`;
      return { contents };
    });
  },
};

await rm(OUTPUT, { recursive: true, force: true });
const { metafile: program } = await build({
  entryPoints: [join(HERE, 'dist', 'main.js')],
  outdir: OUTPUT,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  banner: { js: PRELUDE },
  // The one is installed only where work is spread, and found there by itself; the other assigns to a name that it does not
  // declare, which a module may not.
  external: ['@fashionmatch/queue', 'sixel'],
  plugins: [ownFiles, leftWhereTheyAre],
  absWorkingDir: ROOT,
  metafile: true,
  logLevel: 'warning',
});

/** What `fashionmatch serve` gives to browsers: the page's modules and what they import, as one. */
const { metafile: page } = await build({
  entryPoints: [join(HERE, 'src', 'server', 'page', 'main.tsx')],
  outfile: join(OUTPUT, 'page.js'),
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  absWorkingDir: ROOT,
  metafile: true,
  logLevel: 'warning',
});

const modules = Object.keys({ ...program.inputs, ...page.inputs });
await writeFile(join(OUTPUT, 'licences.txt'), await licencesOf(modules));

/** What the authors of the modules ask to be told to whoever gets these. */
async function licencesOf(modules) {
  const folders = new Set(modules.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? ''));
  const texts = [...folders].filter(Boolean).sort().map(licenceOf);
  return (await Promise.all(texts)).join('\n\n');
}

async function licenceOf(folder) {
  const { name, version, license, author } = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'));
  const file = (await readdir(join(ROOT, folder))).find((entry) => /^licen[cs]e(?:\.\w+)?$/i.test(entry));
  const text = file
    ? await readFile(join(ROOT, folder, file), 'utf8')
    : `By ${author?.name ?? author ?? 'its authors'}`;
  return `${name} ${version} (${license})\n\n${text.trim()}`;
}
