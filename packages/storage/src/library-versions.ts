import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { z } from 'zod';

const manifestSchema = z.object({ name: z.string(), version: z.string() });

/** Versions of the libraries that store, by name. */
export function libraryVersions(): Readonly<Record<string, string>> {
  return Object.fromEntries(['chromadb', 'lmdb'].map((name) => [name, versionOf(name)]));
}

/** Looked up from the library's main file, since these do not export their manifests. */
function versionOf(name: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  for (; folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = readManifest(join(folder, 'package.json'));
    if (manifest?.name === name) return manifest.version;
  }
  return 'unknown';
}

function readManifest(path: string): z.output<typeof manifestSchema> | undefined {
  try {
    return manifestSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
