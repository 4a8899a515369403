import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';

import { openBrowser } from '../browser/open-browser.js';
import { coloursOf, documentedScreenshot, takeDocumentedScreenshot } from '../browser/screenshot.js';
import { accessibilityFaults, openWatchedPage, type WatchedPage } from '../browser/watched-page.js';
import { writeSampleData } from '../sample-data/write-sample-data.js';
import { fashionmatch, type FashionmatchProcess } from './fashionmatch-process.js';
import { HOSTILE_TITLE, writeHostileBatch } from './hostile-batch.js';
import { startServe } from './start-serve.js';

const BUILT_IN = {
  FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
  FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
};
const MINUTE = 60_000;
const PHOTOGRAPH = 'data/references/navy-striped-t-shirt.png';
const LARGE = { width: 1200, height: 900 };
const PHONE = { width: 390, height: 844 };
const VIEWS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [LARGE, PHONE].map((size) => ({ ...size, colorScheme })),
);

/** What the documentation shows: nothing like the hostile listing's photograph. */
const DOCUMENTED_PHOTOGRAPH = 'data/references/lilac-dotted-summer-dress.jpg';
const DOCUMENTED_VIEW = { width: 1000, height: 720 };

/** The hostile listing's title, as a page may show it. */
const SHOWN_TITLE = HOSTILE_TITLE.replace('\u202e', '\ufffd');

let folder = '';
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-pages-'));
  const opening = openBrowser();
  const { scrapedDirectory } = await writeSampleData(join(folder, 'data'));
  await writeHostileBatch(scrapedDirectory, join(folder, PHOTOGRAPH));
  await fashionmatch(['embed', '-q', '--report', 'report.html'], folder, BUILT_IN);
  browser = await opening;
}, 3 * MINUTE);

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

/** In every view: nothing amiss, nothing to scroll to at the side, and not a picture of nothing. */
async function expectSoundViews({ page, complaints }: WatchedPage): Promise<void> {
  for (const { width, height, colorScheme } of VIEWS) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    const view = `${String(width)}, ${colorScheme}`;
    const faults = await accessibilityFaults(page);
    const overhang = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect({ view, faults, overhang }).toEqual({ view, faults: [], overhang: 0 });
    expect(await coloursOf(page)).toBeGreaterThan(256);
  }
  expect(complaints).toEqual([]);
}

async function expectSound(url: string): Promise<void> {
  await using opened = await openWatchedPage(browser, url);
  await expectSoundViews(opened);
}

/** What the documentation shows of the product is what a browser shows of it. */
async function expectDocumented({ page, complaints }: WatchedPage, name: string): Promise<void> {
  expect(await takeDocumentedScreenshot(page, name)).toBeGreaterThan(256);
  expect(complaints).toEqual([]);
  expect(await sharp(documentedScreenshot(name)).metadata()).toMatchObject({ format: 'png', ...DOCUMENTED_VIEW });
}

test(
  'a page that asks another machine for anything is noticed',
  async () => {
    const page = 'data:text/html,<img src="https://www.example.com/a.png">';
    await using opened = await openWatchedPage(browser, page);
    expect(opened.complaints).toContain('request: https://www.example.com/a.png');
  },
  MINUTE,
);

const pageUrl = (name: string): string => pathToFileURL(join(folder, name)).href;

describe('search --html', () => {
  beforeAll(async () => {
    const args = ['search', PHOTOGRAPH, '--where', 'price < 1000', '--weights', 'clip=3,dino=1', '-k', '12'];
    const { exitCode, stderr } = await fashionmatch([...args, '--html', 'search.html'], folder, BUILT_IN);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  }, MINUTE);

  test('is a sound page, large and on a phone, light and dark', () => expectSound(pageUrl('search.html')), MINUTE);

  test(
    'shows the query, its hits with pictures and scores, and how it was asked',
    async () => {
      await using opened = await openWatchedPage(browser, pageUrl('search.html'));
      const { page } = opened;
      expect(await page.locator('ol > li').count()).toBe(12);
      expect(await page.locator('img.picture').count()).toBe(13);
      expect(await page.evaluate('[...document.images].every((image) => image.naturalWidth > 100)')).toBe(true);
      const text = await page.locator('main').innerText();
      expect(text).toContain('CLIP 0.75, DINOv2 0.25');
      expect(text).toContain('price < 1000');
      expect(await page.locator('li', { hasText: 'Navy striped t-shirt' }).locator('a').getAttribute('href')).toMatch(
        /^https:\/\/www\.example\.com\/items\/\d+$/,
      );
    },
    MINUTE,
  );

  test(
    'takes the texts of a listing for texts',
    async () => {
      await using opened = await openWatchedPage(browser, pageUrl('search.html'));
      const { page } = opened;
      const hostile = page.locator('li', { hasText: SHOWN_TITLE });
      expect(await hostile.count()).toBe(1);
      await hostile.hover();
      expect(await hostile.locator('a').getAttribute('href')).toMatch(/^https:\/\/www\.example\.com\/%22/);
      expect(await page.locator('script').count()).toBe(0);
      expect(await page.title()).toMatch(/^Look-alikes of /);
    },
    MINUTE,
  );

  test.each(['nowhere/search.html', 'data'])(
    'that cannot be written to %s is one sentence, exit 2',
    async (path) => {
      const { exitCode, stdout, stderr } = await fashionmatch(['search', PHOTOGRAPH, '--html', path], folder, BUILT_IN);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toMatch(/^fashionmatch: The page \S+ cannot be written: [^\n]+\.\n$/);
    },
    MINUTE,
  );
});

test(
  'the page in the documentation is what search --html writes',
  async () => {
    await fashionmatch(['search', DOCUMENTED_PHOTOGRAPH, '--html', 'documented.html'], folder, BUILT_IN);
    await using opened = await openWatchedPage(browser, pageUrl('documented.html'), DOCUMENTED_VIEW);
    await expectDocumented(opened, 'search-page.png');
  },
  MINUTE,
);

describe('embed --report', () => {
  test('is a sound page, large and on a phone, light and dark', () => expectSound(pageUrl('report.html')), MINUTE);

  test(
    'says what was stored, what failed and why, and what is there twice',
    async () => {
      await using opened = await openWatchedPage(browser, pageUrl('report.html'));
      const { page } = opened;
      expect(await page.locator('tbody').innerText()).toMatch(/references\s+62\s+60\s+0\s+2/);
      const failed = page.locator('li.card');
      expect(await failed.count()).toBe(2);
      const brokenOff = failed.filter({ hasText: 'upload-that-broke-off' });
      expect(await brokenOff.locator('img').count()).toBe(1);
      expect(await brokenOff.innerText()).toContain('IMAGE_INVALID at decode');
      expect(await failed.filter({ hasText: 'no-photograph' }).innerText()).toContain('No picture');
      expect(await page.locator('li', { hasText: 'hostile' }).innerText()).toContain('ref_navy-striped-t-shirt');
      expect(await page.locator('.chart rect').count()).toBeGreaterThan(0);
      expect(await page.title()).toBe('Embedding report · FashionMatch');
    },
    MINUTE,
  );

  test(
    'is the report in the documentation',
    async () => {
      await using opened = await openWatchedPage(browser, pageUrl('report.html'), DOCUMENTED_VIEW);
      await expectDocumented(opened, 'report.png');
    },
    MINUTE,
  );
});

describe('serve', () => {
  let server: FashionmatchProcess;
  let url = '';

  beforeAll(async () => {
    ({ server, url } = await startServe([], folder, BUILT_IN));
  }, MINUTE);

  test(
    'listens on this machine only',
    () => {
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    },
    MINUTE,
  );

  test('is a sound page, large and on a phone, light and dark', () => expectSound(url), MINUTE);

  test(
    'finds the look-alikes of a photo, then of one of its hits, with filters and weights',
    async () => {
      await using opened = await openWatchedPage(browser, url);
      const { page, complaints } = opened;
      const titles = (): Promise<string[]> => page.locator('#hits h3').allInnerTexts();
      const searched = (): Promise<unknown> =>
        page.waitForResponse((response) => response.url().includes('/api/search?'));

      const [, byPhoto] = await Promise.all([page.setInputFiles('#photo', join(folder, PHOTOGRAPH)), searched()]);
      expect(byPhoto).toBeDefined();
      await page.locator('#message', { hasText: 'items, the best first' }).waitFor();
      expect(await titles()).toEqual(expect.arrayContaining([SHOWN_TITLE, 'navy-striped-t-shirt.png']));
      expect(await page.locator('#preview').isVisible()).toBe(true);
      await page.locator('#hits .picture:visible').nth(2).waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);

      await Promise.all([page.getByRole('button', { name: 'Navy striped t-shirt', exact: true }).click(), searched()]);
      await page.locator('#found', { hasText: 'Look-alikes of Navy striped t-shirt' }).waitFor();
      expect(await titles()).not.toContain('Navy striped t-shirt');

      const weighted = searched();
      await page.locator('#weight').fill('0');
      await page.locator('#weight').dispatchEvent('change');
      await weighted;
      expect(await page.locator('#weights').innerText()).toBe('CLIP 0 %, DINOv2 100 %');
      const filtered = searched();
      await page.locator('#brand').fill('Nordlys');
      await page.locator('#brand').blur();
      await filtered;
      await page.locator('#hits[aria-busy]').waitFor({ state: 'detached' });
      const cards = await page.locator('#hits li').allInnerTexts();
      expect(cards.length).toBeGreaterThan(0);
      for (const card of cards) expect(card).toContain('Nordlys');
      expect(await page.title()).toBe('FashionMatch');
      expect(complaints).toEqual([]);
    },
    MINUTE,
  );

  test(
    'shows the look-alikes soundly in every view, and so does the documentation',
    async () => {
      await using opened = await openWatchedPage(browser, url, DOCUMENTED_VIEW);
      const { page } = opened;
      await page.setInputFiles('#photo', join(folder, DOCUMENTED_PHOTOGRAPH));
      await page.locator('#message', { hasText: 'the best first' }).waitFor();
      await page.locator('#hits .picture:visible').nth(5).waitFor();
      await expectDocumented(opened, 'serve.png');
      await expectSoundViews(opened);
    },
    MINUTE,
  );

  test(
    'ends in good order when it is asked to',
    async () => {
      server.child.kill('SIGTERM');
      expect(await server.outcome).toMatchObject({ exitCode: 143, signal: null, stderr: '' });
    },
    MINUTE,
  );

  test(
    'beyond this machine asks for the token, which it tells once',
    async () => {
      const { server: open, url: address, told } = await startServe(['--host', '0.0.0.0'], folder, BUILT_IN);
      expect((await fetch(`${address}api/status`)).status).toBe(401);
      const [, token = ''] = /shown only now: (\S+)/.exec(told()) ?? [];
      {
        await using opened = await openWatchedPage(browser, `${address}#token=${token}`);
        await opened.page.locator('#hits .picture:visible').first().waitFor();
        expect(opened.page.url()).toBe(address);
        expect(opened.complaints).toEqual([]);
      }
      open.child.kill('SIGINT');
      expect((await open.outcome).exitCode).toBe(130);
    },
    MINUTE,
  );
});
