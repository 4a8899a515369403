import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';

import { DOCUMENTED_VIEW, expectDocumented, expectSoundViews } from '../browser/expected-page.js';
import { openBrowser } from '../browser/open-browser.js';
import {
  accessibilityFaults,
  openWatchedPage,
  waitUntil,
  type PageView,
  type WatchedPage,
} from '../browser/watched-page.js';
import { shopPhotograph, writeShop } from '../sample-data/shop.js';
import { BUILT_IN, fashionmatch, type FashionmatchProcess } from './running/fashionmatch-process.js';
import { startServe } from './running/start-serve.js';

const ITEMS = 2_000;
const WIDTH = 240;
const PHONE = { width: 360, height: 780 };
/** As the documentation shows a phone. */
const DOCUMENTED_PHONE = { width: 360, height: 720 };

let folder = '';
let photo = '';
let browser: Browser;
let server: FashionmatchProcess;
let url = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashionmatch-serve-page-'));
  photo = join(folder, 'lilac summer dress.jpg');
  await writeShop(join(folder, 'data/scraped'), ITEMS, WIDTH);
  await writeFile(photo, await shopPhotograph(31, 480));
  const { exitCode, stderr } = await fashionmatch(['embed', '--mode', 'scraped', '-q'], folder, BUILT_IN);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  browser = await openBrowser();
  ({ server, url } = await startServe([], folder, BUILT_IN));
});

afterAll(async () => {
  await browser.close();
  server.child.kill('SIGTERM');
  await server.outcome;
  await rm(folder, { recursive: true });
});

const open = (address = '', view: PageView = {}): Promise<WatchedPage> => openWatchedPage(browser, url + address, view);

const told = (page: Page, text: string | RegExp): Promise<void> =>
  page.locator('#message', { hasText: text }).waitFor();
const titles = (page: Page): Promise<string[]> => page.locator('#hits h3').allInnerTexts();
const query = (page: Page): string => decodeURIComponent(new URL(page.url()).search.replaceAll('+', ' '));

/** And waits until what the address says is there again, or a reason why not. */
async function reload(page: Page): Promise<void> {
  await page.reload();
  await page.locator('.outcome .open, .outcome .bad').first().waitFor();
}

/** Chooses the photo, and waits for what is like it. */
async function searchByPhoto(page: Page): Promise<void> {
  await page.setInputFiles('#photo', photo);
  await told(page, 'the best first');
}

/** By so much things have moved that nobody asked to move. */
const layoutShift = (page: Page): Promise<number> =>
  page.evaluate(`new Promise((resolve) => {
    let shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => resolve(shift), 100);
  })`);

describe('the store itself', () => {
  test.each([{ width: 1280, height: 900 }, PHONE])('is there at once, and nothing moves: %p', async (view) => {
    await using opened = await open('', view);
    const { page, complaints } = opened;
    expect(await page.locator('#message').innerText()).toBe('1 to 48 of 2,000 items.');
    await page.locator('#hits .picture img').first().waitFor();
    for (let place = 0; place < 48; place += 8) await page.locator('#hits li').nth(place).scrollIntoViewIfNeeded();
    await page.locator('#hits li').last().scrollIntoViewIfNeeded();
    await page.locator('#hits li').last().locator('img').waitFor();
    expect(await layoutShift(page)).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('fetches only the pictures that are looked at, or will be', async () => {
    await using opened = await open('', PHONE);
    expect(await opened.page.locator('#hits .picture img').count()).toBeLessThan(24);
  });

  test('is gone through to its end with keys, and Back leads back', async () => {
    await using opened = await open();
    const { page, complaints } = opened;
    const first = await titles(page);
    await page.getByRole('link', { name: 'Next', exact: true }).press('Enter');
    await told(page, '49 to 96 of 2,000');
    expect(await page.evaluate('document.activeElement.id')).toBe('found');
    expect(await titles(page)).not.toEqual(first);
    await page.getByRole('spinbutton', { name: 'Page' }).fill('42');
    await page.keyboard.press('Enter');
    await told(page, '1,969 to 2,000 of 2,000');
    expect(query(page)).toBe('?page=42');
    expect(await page.getByRole('link', { name: 'Next', exact: true }).count()).toBe(0);
    await page.goBack();
    await told(page, '49 to 96 of 2,000');
    await page.goBack();
    await told(page, '1 to 48 of 2,000');
    expect(await titles(page)).toEqual(first);
    expect(complaints).toEqual([]);
  });

  test('is filtered and sorted without a photo, and its address shows the same to others', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.locator('#brand').fill('nordlys');
    await page.locator('#brand').press('Tab');
    await told(page, /^1 to 48 of \d{3} items/);
    await page.locator('#to').fill('10');
    await page.locator('#to').press('Tab');
    await page.locator('#sort').selectOption('-price');
    await page.waitForURL(/sort=-price/);
    await page.locator('.outcome [aria-busy="false"]').waitFor();
    const cards = await page.locator('#hits .price').allInnerTexts();
    expect(cards[0]).toBe('10.00 EUR · Nordlys');
    for (const card of cards) expect(card).toMatch(/^(?:[3-9]|10)\.\d0 EUR · Nordlys$/);
    expect(query(page)).toBe('?to=10&brand=nordlys&sort=-price');
    const shown = await titles(page);

    await reload(page);
    expect(await titles(page)).toEqual(shown);
    await using shared = await openWatchedPage(browser, page.url());
    expect(await titles(shared.page)).toEqual(shown);
    expect(await shared.page.locator('#brand').inputValue()).toBe('nordlys');
    await page.getByRole('link', { name: 'Remove the filters' }).click();
    await told(page, 'of 2,000 items');
  });

  test('offers the values that are stored, and says what is near one that is not', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.locator('#category').focus();
    await page.locator('#category-values option').nth(4).waitFor({ state: 'attached' });
    await page.locator('#category').fill('shirts');
    await page.locator('#category').press('Enter');
    await told(page, 'nearest stored: shirt');
  });
});

test('a fault takes the former results away, is told, and can be tried again', async () => {
  await using opened = await open();
  const { page } = opened;
  await page.route('**/api/items?*', (route) =>
    route.fulfill({ status: 503, json: { error: { message: 'Not now.' } } }),
  );
  await page.locator('#sort').selectOption('price');
  const alert = page.locator('.outcome [role="alert"]');
  await alert.getByText('Not now.').waitFor();
  expect(await page.locator('#hits').count()).toBe(0);
  expect(await page.locator('#message').innerText()).toBe('');
  await page.unroute('**/api/items?*');
  await alert.getByRole('button', { name: 'Try again' }).click();
  await told(page, '1 to 48 of 2,000');
  expect(await alert.innerText()).toBe('');
});

test('while it is searched, that is seen', async () => {
  await using opened = await open();
  const { page } = opened;
  await page.route('**/api/items?*', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.continue();
  });
  await page.locator('#sort').selectOption('price');
  await told(page, 'Searching …');
  expect(await page.locator('#message').isVisible()).toBe(true);
  await told(page, '1 to 48 of 2,000');
});

describe('on a phone', () => {
  test('results come first, and the form folds away once something is looked for', async () => {
    await using opened = await open('', PHONE);
    const { page } = opened;
    expect(await page.locator('#ask').isVisible()).toBe(false);
    const button = page.getByRole('button', { name: 'Search and filter' });
    expect(await button.getAttribute('aria-expanded')).toBe('false');
    await button.click();
    await page.locator('#ask').waitFor();
    await searchByPhoto(page);
    expect(await page.locator('#ask').isVisible()).toBe(false);
    const box = await page.locator('#hits li').first().boundingBox();
    expect(box?.y).toBeLessThan(780);
  });
});

describe('a part of the photo', () => {
  /** The rectangle that is drawn, in parts of the photo. */
  const drawn = (page: Page): number[] =>
    (new URL(page.url()).searchParams.get('region') ?? '').split(',').filter(Boolean).map(Number);
  const boxOf = async (layer: Locator): Promise<{ x: number; y: number; width: number; height: number }> => {
    await layer.scrollIntoViewIfNeeded();
    const box = await layer.boundingBox();
    if (!box) throw new Error('There is no photo');
    return box;
  };
  const searchedWith = (page: Page): Promise<unknown> =>
    page.waitForResponse((response) => response.url().includes('/api/search?') && response.url().includes('region='));

  test('is drawn with the mouse, moved, and taken away with Escape', async () => {
    await using opened = await open();
    const { page, complaints } = opened;
    await searchByPhoto(page);
    const { x, y, width, height } = await boxOf(page.locator('#region'));
    const searched = searchedWith(page);
    await page.mouse.move(x + width / 4, y + height / 4);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y + height / 2, { steps: 4 });
    await page.mouse.move(x + (width * 3) / 4, y + height / 2);
    await page.mouse.up();
    await searched;
    await page.locator('#region-numbers', { hasText: /2[456] % from the left, 2[456] % from the top/ }).waitFor();
    const [left = 0, top = 0, wide = 0, high = 0] = drawn(page);
    expect([left, top, wide, high].map((part) => Math.round(part * 10) / 10)).toEqual([0.3, 0.3, 0.5, 0.3]);
    await told(page, 'the best first');

    const again = searchedWith(page);
    await page.mouse.move(x + width / 2, y + height * 0.4);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y + height * 0.6, { steps: 3 });
    await page.mouse.up();
    await again;
    expect(drawn(page)[1]).toBeCloseTo(top + 0.2, 1);
    expect(drawn(page)[2]).toBeCloseTo(wide, 3);

    await page.locator('#region').press('Escape');
    await page.locator('#region-numbers', { hasText: 'The whole photo' }).waitFor();
    await page.waitForURL((address) => !address.searchParams.has('region'));
    expect(complaints).toEqual([]);
  });

  test('is drawn with keys alone', async () => {
    await using opened = await open();
    const { page } = opened;
    await searchByPhoto(page);
    await page.locator('#region').focus();
    const searched = searchedWith(page);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Shift+ArrowDown');
    await searched;
    expect(drawn(page)).toEqual([0.27, 0.23, 0.48, 0.52]);
    expect(await page.locator('#region-numbers').innerText()).toContain('48 % wide, 52 % high');
    expect(await page.locator('#region').getAttribute('aria-label')).toContain('27 % from the left');
  });

  test('is drawn with a finger', async () => {
    await using opened = await open('', { ...PHONE, hasTouch: true });
    const { page } = opened;
    await page.getByRole('button', { name: 'Search and filter' }).tap();
    await searchByPhoto(page);
    await page.getByRole('button', { name: 'Search and filter' }).tap();
    const { x, y, width, height } = await boxOf(page.locator('#region'));
    const finger = await page.context().newCDPSession(page);
    const touch = (type: 'touchEnd' | 'touchMove' | 'touchStart', at?: readonly [number, number]): Promise<unknown> =>
      finger.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: at ? [{ x: x + at[0] * width, y: y + at[1] * height }] : [],
      });
    const searched = searchedWith(page);
    await touch('touchStart', [0.2, 0.1]);
    for (const part of [0.3, 0.5, 0.7, 0.9]) await touch('touchMove', [0.2 + part / 2, part]);
    await touch('touchEnd');
    await searched;
    expect(drawn(page).map((part) => Math.round(part * 10) / 10)).toEqual([0.2, 0.1, 0.5, 0.8]);
  });
});

describe('what is looked for', () => {
  test('is in the address, and comes back with Back and reload', async () => {
    await using opened = await open();
    const { page } = opened;
    await page
      .locator('#hits')
      .getByRole('link', { name: /^Look-alikes of/ })
      .nth(2)
      .click();
    await told(page, '24 items, the best first');
    const shown = await titles(page);
    await page.locator('#weight').fill('10');
    await page.waitForURL(/clip=10/);
    await page.getByRole('link', { name: 'Show up to 48' }).click();
    await told(page, '48 items, the best first');
    await page.goBack();
    await page.goBack();
    await told(page, '24 items, the best first');
    expect(query(page)).toBe('?id=shop_000002');
    expect(await titles(page)).toEqual(shown);
    await reload(page);
    expect(await titles(page)).toEqual(shown);
    expect(await page.locator('#found').innerText()).toMatch(/^Look-alikes of [A-Z]/);
  });

  test('as a photo comes back with Back, and a reload says that it has to be chosen again', async () => {
    await using opened = await open();
    const { page, complaints } = opened;
    await searchByPhoto(page);
    const shown = await titles(page);
    await page.getByRole('link', { name: 'Back to all that is stored' }).click();
    await told(page, 'of 2,000 items');
    await page.goBack();
    await told(page, 'the best first');
    expect(await titles(page)).toEqual(shown);
    await reload(page);
    await page.locator('.outcome [role="alert"]', { hasText: 'choose it again' }).waitFor();
    expect(await page.locator('#hits').count()).toBe(0);
    await searchByPhoto(page);
    expect(await titles(page)).toEqual(shown);
    expect(complaints).toEqual([]);
  });
});

test('an item opens with all its fields and what is most like it, and gives the focus back', async () => {
  await using opened = await open();
  const { page, complaints } = opened;
  const title = page.locator('#hits .open').nth(3);
  await title.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.locator('.neighbours img').nth(5).waitFor();
  const text = await dialog.innerText();
  for (const said of ['No. 3 of many.', 'shop_000003', 'Brand', 'Size', 'Condition', 'Seller', 'www.example.com']) {
    expect(text).toContain(said);
  }
  expect(query(page)).toBe('?item=shop_000003');
  await dialog.locator('.neighbours a').first().click();
  await page.waitForURL((address) => address.searchParams.get('item') !== 'shop_000003');
  await page.goBack();
  await dialog.getByText('shop_000003').waitFor();
  await page.keyboard.press('Escape');
  await page.waitForURL(url);
  await waitUntil(page, 'document.activeElement === document.querySelectorAll("#hits .open")[3]');

  await page.goBack();
  await dialog.getByText('shop_000003').waitFor();
  await reload(page);
  await page.getByRole('dialog').getByText('shop_000003').waitFor();
  expect(complaints).toEqual([]);
});

test('results are copied as JSON and as CSV, and that is told', async () => {
  await using opened = await open('?id=shop_000002');
  const { page } = opened;
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(url).origin });
  const copied = (): Promise<string> => page.evaluate('navigator.clipboard.readText()');
  await page.getByRole('button', { name: 'Copy as JSON' }).click();
  await page.locator('.copying [role="status"]', { hasText: 'Copied 24 as JSON.' }).waitFor();
  const hits: unknown = JSON.parse(await copied());
  expect(hits).toHaveLength(24);
  expect(hits).toMatchObject([
    { rank: 1, similarity_score: expect.any(Number), brand: expect.any(String) },
    ...Array.from({ length: 23 }, () => ({})),
  ]);
  await page.getByRole('button', { name: 'Copy as CSV' }).click();
  await page.locator('.copying [role="status"]', { hasText: 'Copied 24 as CSV.' }).waitFor();
  const lines = (await copied()).trim().split('\n');
  expect(lines).toHaveLength(25);
  expect(lines[0]).toContain('item_id,title,price');
});

describe('duplicates', () => {
  test('are shown by their kinds, once they are found', async () => {
    await using opened = await open();
    const { page, complaints } = opened;
    await page.getByRole('link', { name: 'Duplicates' }).click();
    await told(page, '20 groups');
    expect(await page.locator('.group').first().locator('li').count()).toBe(2);
    await page.getByRole('link', { name: 'Near-copies' }).click();
    await told(page, /^\d+ groups/);
    await page.getByRole('link', { name: 'Offered again' }).click();
    await page.waitForURL(/kind=relist/);
    await told(page, /^\d+ groups/);
    const shown = await page.locator('.group').count();
    await reload(page);
    await told(page, /^\d+ groups/);
    expect(await page.locator('.group').count()).toBe(shown);
    expect(complaints).toEqual([]);
  });

  test('are waited for with their progress', async () => {
    await using opened = await open();
    const { page } = opened;
    let asked = 0;
    await page.route('**/api/duplicates?*', (route) =>
      ++asked > 1
        ? route.continue()
        : route.fulfill({ status: 202, json: { schema_version: 1, state: 'searching', done: 500, total: 2000 } }),
    );
    await page.getByRole('link', { name: 'Duplicates' }).click();
    await told(page, 'Searching for duplicates …');
    expect(await page.locator('progress').getAttribute('value')).toBe('500');
    await told(page, '20 groups');
    expect(await page.locator('progress').count()).toBe(0);
  });
});

const keys = (key: string, count: number): string[] => Array.from({ length: count }, () => key);

/** What so many presses of Tab lead to. */
async function reachedWithTab(page: Page, presses: number): Promise<Set<string>> {
  await page.evaluate('document.activeElement.blur()');
  const reached = new Set<string>();
  for (let pressed = 0; pressed < presses; pressed++) {
    await page.keyboard.press('Tab');
    reached.add(await page.evaluate<string>(NAME_OF_FOCUSED));
  }
  return reached;
}

const NAME = `(element) => element.id || element.getAttribute('aria-label') || element.href || element.textContent`;
const NAME_OF_FOCUSED = `document.activeElement === document.body ? '' : (${NAME})(document.activeElement)`;
const CONTROLS = `[...document.querySelectorAll('a[href], button, input, select, [tabindex="0"]')]
  .filter((element) => element.checkVisibility() && !element.disabled).map(${NAME})`;

test.each([{ width: 1280, height: 900 }, PHONE])('keys alone reach everything: %p', async (view) => {
  await using opened = await open('?id=shop_000002&brand=nordlys', view);
  const { page } = opened;
  if (view.width === PHONE.width) await page.locator('.fold').press('Enter');
  const controls = await page.evaluate<string[]>(CONTROLS);
  expect(controls.length).toBeGreaterThan(40);
  const reached = await reachedWithTab(page, controls.length + 5);
  expect(controls.filter((name) => !reached.has(name))).toEqual([]);
});

describe('is sound, large and on a phone, light and dark:', () => {
  test('all that is stored', async () => {
    await using opened = await open('', DOCUMENTED_VIEW);
    await opened.page.locator('#hits .picture img').nth(5).waitFor();
    await expectDocumented(opened, 'serve-items.png');
    await expectSoundViews(opened);
  });

  test('a part of a photo that is looked for', async () => {
    await using opened = await open('', DOCUMENTED_VIEW);
    const { page } = opened;
    await searchByPhoto(page);
    await page.locator('#region').focus();
    for (const key of [...keys('ArrowLeft', 4), ...keys('Shift+ArrowRight', 5), ...keys('Shift+ArrowDown', 5)]) {
      await page.keyboard.press(key);
    }
    await page.waitForURL(/region=/);
    await told(page, 'the best first');
    await page.locator('#hits .picture img').nth(5).waitFor();
    await expectDocumented(opened, 'serve-region.png');
    await expectSoundViews(opened);
    await page.setViewportSize({ width: 360, height: 780 });
    await page.locator('.fold').click();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });

  test('an item', async () => {
    await using opened = await open('?item=shop_000010', DOCUMENTED_VIEW);
    await opened.page.locator('.neighbours img').nth(5).waitFor();
    await expectDocumented(opened, 'serve-item.png');
    const overhang = "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('dialog'))";
    expect(await opened.page.evaluate(overhang)).toBe(0);
    await opened.page.setViewportSize(PHONE);
    expect(await opened.page.evaluate(overhang)).toBe(0);
    await expectSoundViews(opened);
  });

  test('duplicates', async () => {
    await using opened = await open('?view=duplicates&kind=near', { ...DOCUMENTED_VIEW, colorScheme: 'dark' });
    await told(opened.page, 'groups');
    await opened.page.locator('.group img').nth(3).waitFor();
    await expectDocumented(opened, 'serve-duplicates.png');
    await expectSoundViews(opened);
  });

  test('a fault, and what is on a phone', async () => {
    await using opened = await open('', { ...DOCUMENTED_PHONE, colorScheme: 'dark' });
    await opened.page.locator('#hits .picture img').nth(3).waitFor();
    await expectDocumented(opened, 'serve-phone.png');
    await opened.page.goto(`${url}?photo=a.jpg`);
    await opened.page.locator('[role="alert"] .bad').waitFor();
    expect(opened.complaints).toEqual([]);
  });
});
