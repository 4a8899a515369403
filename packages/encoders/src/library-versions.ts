import { createRequire } from 'node:module';

import { z } from 'zod';

import { sharp } from './images/sharp-library.js';

const manifestSchema = z.object({ version: z.string() });

/** Versions of the libraries that decode and encode, by name. */
export function libraryVersions(): Readonly<Record<string, string>> {
  // The library itself is loaded in workers only: what it is shows without.
  const manifest: unknown = createRequire(import.meta.url)('onnxruntime-node/package.json');
  const { sharp: version, vips } = sharp.versions;
  return { 'onnxruntime-node': manifestSchema.parse(manifest).version, sharp: version, libvips: vips };
}
