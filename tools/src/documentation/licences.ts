import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      link: z.boolean().optional(),
    }),
  ),
});

export interface Licence {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression; `''` where the package names none. */
  readonly licence: string;
}

/**
 * Licences that a program under MIT may be shipped with, as files of its own. libvips and libheif are under the LGPL: each is a
 * library that is loaded when the program runs, and anybody can replace it.
 */
const ALLOWED = new Set([
  'MIT',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'LGPL-3.0',
  'LGPL-3.0-or-later',
]);

/** What users get with the packages, from the lock file. */
export function licences(): Licence[] {
  const path = fileURLToPath(new URL('../../../package-lock.json', import.meta.url));
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  return Object.entries(packages)
    .filter(([location, { dev, link }]) => location.includes('node_modules/') && !dev && !link)
    .map(([location, { version = '', license = '' }]) => ({
      name: location.replace(/^.*node_modules\//, ''),
      version,
      licence: license,
    }))
    .sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

/** Those that are not among the licences that were looked at. */
export function unknownLicences(all: readonly Licence[]): Licence[] {
  return all.filter(({ licence }) =>
    licence
      .replaceAll(/[()]/g, '')
      .split(/ (?:AND|OR) /)
      .some((name) => !ALLOWED.has(name)),
  );
}

/** What `docs/licences.md` holds. */
export function licenceList(): string {
  const rows = licences().map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`);
  return `# Licences of the dependencies

What is installed with the packages, on some platform or other. \`npm run --silent sbom\` writes what is installed on this
one, with hashes, as CycloneDX; what only the development needs is there too, and marked.

| package | version | licence |
| --- | --- | --- |
${rows.join('\n')}
`;
}
