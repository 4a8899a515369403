import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';

import {
  DOCUMENTED_PHOTOGRAPH,
  DOCUMENTED_VIEW,
  expectDocumented,
  expectSound,
  expectSoundViews,
} from '../browser/expected-page.js';
import { openBrowser } from '../browser/open-browser.js';
import { accessibilityFaults, openWatchedPage } from '../browser/watched-page.js';
import { randomModels } from '../random-models/random-models.js';
import { writeModelFolder } from '../random-models/write-model-folder.js';
import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, fashionmatch, type FashionmatchProcess } from './running/fashionmatch-process.js';
import { SHOWN_TITLE, writeHostileBatch } from './running/hostile-batch.js';
import { startServe } from './running/start-serve.js';

const READS_TEXTS = {
  FASHIONMATCH_MODELS__CLIP_MODEL: './models/clip-vit-base-patch32',
  FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
  FASHIONMATCH_DATABASE__PERSIST_DIRECTORY: 'data/store-of-texts',
};
const PHOTOGRAPH = 'data/references/navy-striped-t-shirt.png';

let folder = '';
let browser: Browser;
let server: FashionmatchProcess;
let url = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-serve-'));
  const opening = openBrowser();
  await copySampleData(join(folder, 'data'));
  await writeHostileBatch(join(folder, 'data/scraped'), join(folder, PHOTOGRAPH));
  await fashionmatch(['embed', '-q'], folder, BUILT_IN);
  browser = await opening;
  ({ server, url } = await startServe([], folder, BUILT_IN));
});

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

/** As a hand lets go of a file above the page. */
async function drop(page: Page, photograph: string): Promise<void> {
  const [name, base64] = [basename(photograph), (await readFile(photograph)).toString('base64')].map((text) =>
    JSON.stringify(text),
  );
  // In the browser's own words: Node's types know no DataTransfer.
  const transfer = await page.evaluateHandle(`(() => {
    const dropped = new DataTransfer();
    dropped.items.add(new File([Uint8Array.from(atob(${String(base64)}), (one) => one.charCodeAt(0))], ${String(name)}));
    return dropped;
  })()`);
  await page.dispatchEvent('#drop', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('#drop', 'drop', { dataTransfer: transfer });
}

test('listens on this machine only', () => {
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
});

test('is a sound page, large and on a phone, light and dark', () => expectSound(browser, url));

test('finds the look-alikes of a photo, then of one of its hits, with filters and weights', async () => {
  await using opened = await openWatchedPage(browser, url);
  const { page, complaints } = opened;
  const titles = (): Promise<string[]> => page.locator('#hits h3').allInnerTexts();
  const searched = (): Promise<unknown> => page.waitForResponse((response) => response.url().includes('/api/search?'));

  const [, byPhoto] = await Promise.all([page.setInputFiles('#photo', join(folder, PHOTOGRAPH)), searched()]);
  expect(byPhoto).toBeDefined();
  await page.locator('#message', { hasText: 'items, the best first' }).waitFor();
  // The photograph itself, which is the same picture, is shown with the listing.
  expect(await titles()).toContain(SHOWN_TITLE);
  expect(await titles()).not.toContain('navy-striped-t-shirt.png');
  expect(await page.locator('#hits li', { hasText: SHOWN_TITLE }).innerText()).toContain('+1 copy');
  expect(await page.locator('#preview').isVisible()).toBe(true);
  await page.locator('#hits .picture img').nth(2).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);

  await Promise.all([
    page.getByRole('link', { name: 'Look-alikes of Navy striped t-shirt', exact: true }).click(),
    searched(),
  ]);
  await page.locator('#found', { hasText: 'Look-alikes of Navy striped t-shirt' }).waitFor();
  expect(await titles()).not.toContain('Navy striped t-shirt');

  const weighted = searched();
  await page.locator('#weight').fill('0');
  await weighted;
  expect(await page.locator('#weights').innerText()).toBe('CLIP 0 %, DINOv2 100 %');
  const filtered = searched();
  await page.locator('#brand').fill('Nordlys');
  await page.locator('#brand').blur();
  await filtered;
  await page.locator('.outcome [aria-busy="true"]').waitFor({ state: 'detached' });
  const cards = await page.locator('#hits li').allInnerTexts();
  expect(cards.length).toBeGreaterThan(0);
  for (const card of cards) expect(card).toContain('Nordlys');
  expect(await page.title()).toBe('Look-alikes · FashionMatch');
  expect(complaints).toEqual([]);
});

test('shows the look-alikes of a photo that is dropped soundly in every view, and so does the documentation', async () => {
  await using opened = await openWatchedPage(browser, url, DOCUMENTED_VIEW);
  const { page } = opened;
  await drop(page, join(folder, DOCUMENTED_PHOTOGRAPH));
  await page.locator('#message', { hasText: 'the best first' }).waitFor();
  expect(await page.locator('#text').count()).toBe(0);
  await page.locator('#hits .picture img').nth(5).waitFor();
  await expectDocumented(opened, 'serve.png');
  await expectSoundViews(opened);
});

test('ends in good order when it is asked to', async () => {
  server.child.kill('SIGTERM');
  expect(await server.outcome).toMatchObject({ exitCode: 143, signal: null, stderr: '' });
});

test('beyond this machine asks for the token, which it tells once', async () => {
  const { server: open, url: address, told } = await startServe(['--host', '0.0.0.0'], folder, BUILT_IN);
  expect((await fetch(`${address}api/status`)).status).toBe(401);
  const [, token = ''] = /shown only now: (\S+)/.exec(told()) ?? [];
  {
    await using opened = await openWatchedPage(browser, `${address}#token=${token}`);
    await opened.page.locator('#hits .picture img').first().waitFor();
    expect(opened.page.url()).toBe(address);
    expect(opened.complaints).toEqual([]);
  }
  open.child.kill('SIGINT');
  expect((await open.outcome).exitCode).toBe(130);
});

test('finds what is typed, where the model reads texts, and says that only CLIP counts', async () => {
  for (const model of randomModels({ tiny: true })) await writeModelFolder(model, join(folder, 'models'));
  await fashionmatch(['embed', '--mode', 'scraped', '-q'], folder, READS_TEXTS);
  const reader = await startServe([], folder, READS_TEXTS);
  {
    await using opened = await openWatchedPage(browser, reader.url);
    const { page } = opened;
    await page.locator('#text').fill('a red shirt');
    await page.locator('#text').press('Enter');
    await page.locator('#found', { hasText: '“a red shirt”' }).waitFor();
    await page.locator('#message', { hasText: 'the best first' }).waitFor();
    expect(await page.locator('#hits li').count()).toBeGreaterThan(10);
    expect(await page.locator('#hits li').first().locator('dt').allInnerTexts()).toEqual(['Score', 'CLIP']);
    expect(await page.locator('#weight').isDisabled()).toBe(true);
    await expectSoundViews(opened);
  }
  reader.server.child.kill('SIGINT');
  expect((await reader.server.outcome).exitCode).toBe(130);
});
