import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

/** What can be published, each before those that need it. */
export const PUBLISHED = [
  ...['packages/domain', 'packages/encoders', 'packages/storage', 'packages/queue'],
  ...['packages/pipeline', 'apps/cli'],
];

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  exports: z.record(z.string(), z.unknown()).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** The manifest of a package in the repository. */
export async function manifestOf(folder: string): Promise<Manifest> {
  return manifestSchema.parse(JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8')));
}

/** What another program can import of it, such as `@fashionmatch/domain/testing`. */
export function entryPoints({ name, exports }: Manifest): string[] {
  const code = Object.keys(exports).filter((path) => !path.endsWith('.json'));
  return code.map((path) => name + path.slice(1));
}
