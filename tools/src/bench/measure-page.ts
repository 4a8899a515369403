import { availableParallelism, cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import type { Browser, Page } from 'playwright-core';

import { openBrowser } from '../browser/open-browser.js';
import { waitUntil } from '../browser/watched-page.js';
import { startServe } from '../end-to-end/running/start-serve.js';
import { medianOf } from '../scale/median.js';
import { drawShop, fillShopStore } from '../scale/shop-store.js';

/**
 * How long the page of `serve` keeps people waiting, in Chromium, large and on a phone: until its first picture is seen,
 * after a filter is typed, after a page is turned, and by how much things move that nobody moved:
 * `node tools/dist/bench/measure-page.js FOLDER [--items 2000,100000] [--runs 5]`. The folder is filled by the first
 * call. Fails when a median is over its limit.
 */
const LIMITS = { picture: 1_000, filter: 300, turn: 300, shift: 0 } as const;
type Name = keyof typeof LIMITS;

const DESCRIPTIONS: Readonly<Record<Name, string>> = {
  picture: 'from the address to the first picture',
  filter: 'from a filter to what it leaves',
  turn: 'from a page to the next',
  shift: 'cumulative layout shift',
};

const VIEWS = [
  { width: 1280, height: 900 },
  { width: 360, height: 780 },
] as const;

/** Each is put once: what a server has answered before, it may know. */
const BRANDS = ['nordlys', 'casa lino', 'alba', 'weaver', 'oak row', 'mistral'] as const;

const READING_MS = 3_000;

/** Notes when the first picture of an item is there. Pages have their clock start with their address. */
const WATCH_PICTURES = `document.addEventListener('load', ({ target }) => {
  if (target instanceof HTMLImageElement) window.firstPicture ??= performance.now();
}, true);`;

/** How long from the next change of a field, or click, until there is something else to see. */
const WATCH_CHANGE = `window.changed = new Promise((resolve) => {
  const before = document.querySelector('#message').textContent;
  const begin = () => {
    const begunAt = performance.now();
    const look = () => {
      const now = document.querySelector('#message').textContent;
      const isThere = now !== before && /items/.test(now) && document.querySelector('[aria-busy="false"] .open');
      if (isThere) resolve(performance.now() - begunAt);
      else requestAnimationFrame(look);
    };
    look();
  };
  for (const type of ['change', 'click']) addEventListener(type, begin, { capture: true, once: true });
}); undefined`;

const SHIFT = `new Promise((resolve) => {
  let shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => resolve(shift), 100);
})`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { items: { type: 'string', default: '2000,100000' }, runs: { type: 'string', default: '5' } },
});
const [folder] = positionals;
if (folder === undefined) {
  process.stderr.write('Say where: node tools/dist/bench/measure-page.js FOLDER [--items 2000,100000] [--runs 5]\n');
  process.exitCode = 2;
} else {
  say(`${cpus()[0]?.model ?? ''}, ${String(availableParallelism())} cores, Node.js ${process.version}`);
  const drawn = await drawShop();
  for (const items of values.items.split(',').map(Number)) {
    const directory = resolve(folder, String(items));
    await fillShopStore(directory, items, drawn);
    await measureStore(directory, items, Number(values.runs));
  }
}

async function measureStore(directory: string, items: number, runs: number): Promise<void> {
  await using browser = await openBrowser();
  const { server, url } = await startServe(['--config', 'config.yaml'], directory, {});
  try {
    say(`\n${String(items)} items, load ${loadavg()[0]?.toFixed(1) ?? '?'}, medians of ${String(runs)}`);
    // Whoever comes first waits for the store to be opened, and a filter for the fields of all items to be read.
    const first = await visit(browser, url, VIEWS[0], BRANDS[0]);
    say(
      `  the first visit: ${inMilliseconds(first.picture)} to a picture, ${inMilliseconds(first.filter)} to a filter`,
    );
    for (const view of VIEWS) {
      const visits: Readonly<Record<Name, number>>[] = [];
      for (let run = 0; run < runs; run++) {
        visits.push(await visit(browser, url, view, BRANDS[(run + 1) % BRANDS.length] ?? ''));
      }
      say(`  ${String(view.width)} pixels wide`);
      for (const name of ['picture', 'filter', 'turn', 'shift'] as const) report(name, visits);
    }
  } finally {
    server.child.kill('SIGTERM');
    await server.outcome;
  }
}

function report(name: Name, visits: readonly Readonly<Record<Name, number>>[]): void {
  const median = medianOf(visits.map((visited) => visited[name]));
  const told = name === 'shift' ? median.toFixed(3) : inMilliseconds(median);
  const isMet = median <= LIMITS[name];
  say(`    ${DESCRIPTIONS[name].padEnd(40)}${told.padStart(8)}${isMet ? '' : '  FAILED'}`);
  if (!isMet) process.exitCode = 1;
}

/** As somebody who was never here: the browser has nothing of it yet. */
async function visit(
  browser: Browser,
  url: string,
  viewport: { readonly width: number; readonly height: number },
  brand: string,
): Promise<Record<Name, number>> {
  const context = await browser.newContext({ viewport });
  try {
    const page = await context.newPage();
    await page.addInitScript(WATCH_PICTURES);
    await page.goto(url);
    await waitUntil(page, 'window.firstPicture');
    const picture = await page.evaluate<number>('window.firstPicture');
    await page.mouse.wheel(0, viewport.height * 2);
    await page.waitForLoadState('networkidle');
    // Who reads what is there does not filter it within the first seconds.
    await delay(READING_MS);
    const turn = await timed(page, () => page.getByRole('link', { name: 'Next', exact: true }).click());
    if (await page.locator('.fold').isVisible()) await page.locator('.fold').click();
    const filter = await timed(page, async () => {
      await page.locator('#brand').fill(brand);
      await page.keyboard.press('Enter');
    });
    return { picture, turn, filter, shift: await page.evaluate<number>(SHIFT) };
  } finally {
    await context.close();
  }
}

async function timed(page: Page, act: () => Promise<void>): Promise<number> {
  await page.evaluate(WATCH_CHANGE);
  await act();
  return page.evaluate<number>('window.changed');
}

function inMilliseconds(milliseconds: number): string {
  return `${milliseconds.toFixed(0)} ms`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
