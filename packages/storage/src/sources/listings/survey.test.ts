import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { LeftOut } from '@fashionmatch/domain';
import { RecordingLogger } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { scrapedBatches } from '../scraped-batches.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'listing-survey-'));
});
afterEach(() => rm(folder, { recursive: true }));

test("a mapping of one's own: what is read from where, what is not there, what fails, and three items", async () => {
  await mkdir(join(folder, 'pictures-of-all/000'), { recursive: true });
  const rows = [1, 2, 3, 4, 5].map((i) => `000${String(i)};Kleid ${String(i)};1.299,00;A;/kleid/${String(i)}`);
  await writeFile(join(folder, 'lager.dat'), `Nr.;Bezeichnung;VK;Fach;Seite\n${rows.join('\n')}\n`);
  for (const i of [1, 2, 3, 4]) await writeFile(join(folder, `pictures-of-all/000/000${String(i)}-A.jpg`), 'image');
  await writeFile(join(folder, 'cookies.json'), '[{"name": "x", "value": "y"}]');
  const mapping = {
    name: 'own',
    files: '*.dat',
    columns: { item_id: ['Nr.'], title: ['Bezeichnung'], price: ['VK'], brand: ['Marke'], url: ['Seite'] },
    images: ['pictures-of-all/{id:0:3}/{id}-{Fach}.jpg'],
    currency: 'CHF',
    baseUrl: 'https://shop.example',
  };
  const logger = new RecordingLogger();
  const source = scrapedBatches({
    directory: folder,
    workingDirectory: folder,
    maxFileBytes: 100,
    mappings: [mapping],
    logger,
  });
  const leftOut: LeftOut[] = [];
  expect(await source.survey((one) => leftOut.push(one))).toEqual([
    {
      path: join(folder, 'lager.dat'),
      format: 'CSV',
      mapping: 'own',
      columns: { item_id: ['Nr.'], title: ['Bezeichnung'], price: ['VK'], url: ['Seite'] },
      unmapped: [],
      missing: ['Marke'],
      items: 4,
      failed: 1,
      firstFailure: '0005: the listing has no local image path',
      examples: [1, 2, 3].map((i) =>
        expect.objectContaining({
          itemId: `000${String(i)}`,
          title: `Kleid ${String(i)}`,
          price: 1299,
          currency: 'CHF',
          url: `https://shop.example/kleid/${String(i)}`,
          localImagePath: `pictures-of-all/000/000${String(i)}-A.jpg`,
        }),
      ),
    },
  ]);
  expect(leftOut).toEqual([{ path: join(folder, 'cookies.json'), kind: 'file', reason: 'not_a_batch' }]);
});
