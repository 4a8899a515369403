import { createRequire } from 'node:module';

import { z } from 'zod';

import { sharp } from './images/sharp-library.js';

const manifestSchema = z.object({ version: z.string() });

/** Versions of the libraries that decode and encode, by name. */
export function libraryVersions(): Readonly<Record<string, string>> {
  const { sharp: version, vips } = sharp.versions;
  return {
    'onnxruntime-node': installed('onnxruntime-node'),
    sharp: version,
    libvips: vips,
    'libheif-js': installed('libheif-js'),
  };
}

/** Of a library that is loaded in workers only. */
function installed(name: string): string {
  const manifest: unknown = createRequire(import.meta.url)(`${name}/package.json`);
  return manifestSchema.parse(manifest).version;
}
