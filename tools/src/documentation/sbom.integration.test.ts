import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';
import { z } from 'zod';

import { output } from '../release/commands.js';
import { ROOT } from '../release/packages.js';
import { licences } from './licences.js';

const sbomSchema = z.object({
  components: z.array(
    z.object({
      'bom-ref': z.string(),
      properties: z.array(z.object({ name: z.string() })).default([]),
    }),
  ),
});
const versionSchema = z.object({ version: z.string() });

function isInstalled(name: string, version: string): boolean {
  const path = join(ROOT, 'node_modules', name, 'package.json');
  return existsSync(path) && versionSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).version === version;
}

test('the SBOM has all that is shipped and installed here, and marks what only the development needs', async () => {
  const { components } = sbomSchema.parse(JSON.parse(await output('npm', ['run', '--silent', 'sbom'], ROOT)));
  const all = components.map((component) => component['bom-ref']);
  const shipped = licences().filter(({ name, version }) => isInstalled(name, version));
  expect(shipped.length).toBeGreaterThan(100);
  expect(shipped.map(({ name, version }) => `${name}@${version}`).filter((name) => !all.includes(name))).toEqual([]);

  const marked = components
    .filter(({ properties }) => properties.some(({ name }) => name === 'cdx:npm:package:development'))
    .map((component) => component['bom-ref'].replace(/@[^@]+$/, ''));
  expect(marked).toEqual(expect.arrayContaining(['jest', 'nx', 'typescript']));
  const needed = ['chromadb', 'fastify', 'lmdb', 'onnxruntime-node', 'sharp'];
  expect(needed.filter((name) => marked.includes(name))).toEqual([]);
});
