import { join } from 'node:path';

import { z } from 'zod';

import { output } from './commands.js';
import { PUBLISHED, ROOT } from './packages.js';

const packedSchema = z.array(
  z.object({ name: z.string(), filename: z.string(), files: z.array(z.object({ path: z.string() })) }),
);

export interface Tarball {
  readonly name: string;
  readonly path: string;
  /** In the tarball. */
  readonly files: readonly string[];
}

/** Packs every package that can be published, as `npm publish` would. */
export async function packAll(directory: string): Promise<Tarball[]> {
  const tarballs: Tarball[] = [];
  for (const folder of PUBLISHED) {
    const text = await output('npm', ['pack', '--json', '--pack-destination', directory], join(ROOT, folder));
    for (const { name, filename, files } of packedSchema.parse(JSON.parse(text))) {
      tarballs.push({ name, path: join(directory, filename), files: files.map(({ path }) => path) });
    }
  }
  return tarballs;
}

/** What a tarball lacks, or should not have. */
export function contentFaults({ name, files }: Tarball): string[] {
  const needed = ['package.json', 'README.md', 'LICENSE'].filter((file) => !files.includes(file));
  const foreign = files.filter((file) => /\.test\.|\.tsbuildinfo$|(^|\/)\./.test(file));
  return [
    ...needed.map((file) => `${name}: ${file} is missing`),
    ...foreign.map((file) => `${name}: ${file} should not be published`),
  ];
}
