import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';

import { DOCUMENTED_PHOTOGRAPH, DOCUMENTED_VIEW, expectDocumented, expectSound } from '../browser/expected-page.js';
import { openBrowser } from '../browser/open-browser.js';
import { openWatchedPage } from '../browser/watched-page.js';
import { copySampleData } from '../sample-data/copy-sample-data.js';
import { BUILT_IN, fashionmatch } from './running/fashionmatch-process.js';
import { SHOWN_TITLE, writeHostileBatch } from './running/hostile-batch.js';

const PHOTOGRAPH = 'data/references/navy-striped-t-shirt.png';

let folder = '';
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-pages-'));
  const opening = openBrowser();
  await copySampleData(join(folder, 'data'));
  await writeHostileBatch(join(folder, 'data/scraped'), join(folder, PHOTOGRAPH));
  await fashionmatch(['embed', '-q', '--report', 'report.html'], folder, BUILT_IN);
  browser = await opening;
});

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

test('a page that asks another machine for anything is noticed', async () => {
  const page = 'data:text/html,<img src="https://www.example.com/a.png">';
  await using opened = await openWatchedPage(browser, page);
  expect(opened.complaints).toContain('request: https://www.example.com/a.png');
});

const pageUrl = (name: string): string => pathToFileURL(join(folder, name)).href;

describe('search --html', () => {
  beforeAll(async () => {
    const args = ['search', PHOTOGRAPH, '--where', 'price < 1000', '--weights', 'clip=3,dino=1', '-k', '12'];
    const { exitCode, stderr } = await fashionmatch([...args, '--html', 'search.html'], folder, BUILT_IN);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('is a sound page, large and on a phone, light and dark', () => expectSound(browser, pageUrl('search.html')));

  test('shows the query, its hits with pictures and scores, and how it was asked', async () => {
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
  });

  test('takes the texts of a listing for texts', async () => {
    await using opened = await openWatchedPage(browser, pageUrl('search.html'));
    const { page } = opened;
    const hostile = page.locator('li', { hasText: SHOWN_TITLE });
    expect(await hostile.count()).toBe(1);
    await hostile.hover();
    expect(await hostile.locator('a').getAttribute('href')).toMatch(/^https:\/\/www\.example\.com\/%22/);
    expect(await page.locator('script').count()).toBe(0);
    expect(await page.title()).toMatch(/^Look-alikes of /);
  });

  test.each(['nowhere/search.html', 'data'])('that cannot be written to %s is one sentence, exit 2', async (path) => {
    const { exitCode, stdout, stderr } = await fashionmatch(['search', PHOTOGRAPH, '--html', path], folder, BUILT_IN);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^fashionmatch: The page \S+ cannot be written: [^\n]+\.\n$/);
  });
});

test('the page in the documentation is what search --html writes', async () => {
  await fashionmatch(['search', DOCUMENTED_PHOTOGRAPH, '--html', 'documented.html'], folder, BUILT_IN);
  await using opened = await openWatchedPage(browser, pageUrl('documented.html'), DOCUMENTED_VIEW);
  await expectDocumented(opened, 'search-page.png');
});

describe('embed --report', () => {
  test('is a sound page, large and on a phone, light and dark', () => expectSound(browser, pageUrl('report.html')));

  test('says what was stored, what failed and why, and what is there twice', async () => {
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
  });

  test('is the report in the documentation', async () => {
    await using opened = await openWatchedPage(browser, pageUrl('report.html'), DOCUMENTED_VIEW);
    await expectDocumented(opened, 'report.png');
  });
});
