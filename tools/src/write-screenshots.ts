import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { Page } from 'playwright-core';
import sharp from 'sharp';

import { openBrowser } from './browser/open-browser.js';
import { openWatchedPage } from './browser/watched-page.js';
import { fashionmatch } from './end-to-end/fashionmatch-process.js';
import { startServe } from './end-to-end/start-serve.js';
import { writeSampleData } from './sample-data/write-sample-data.js';

/** Writes the pictures of the pages that the documentation shows: `node tools/dist/write-screenshots.js`. */
const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const BUILT_IN = {
  FASHIONMATCH_MODELS__CLIP_MODEL: 'builtin/colour-layout',
  FASHIONMATCH_MODELS__DINO_MODEL: 'builtin/structure',
};
const PHOTOGRAPH = 'data/references/navy-striped-t-shirt.png';
const VIEW = { width: 1000, height: 720 };
const MAX_BYTES = 150_000;

/** With as many colours as the limit of a repository's picture allows. */
async function writeScreenshot(page: Page, name: string): Promise<void> {
  const screenshot = await page.screenshot();
  for (const colours of [256, 128, 64, 32]) {
    const png = await sharp(screenshot).png({ palette: true, colours, effort: 10 }).toBuffer();
    if (png.length > MAX_BYTES) continue;
    await writeFile(join(IMAGES, name), png);
    process.stdout.write(`${name}: ${String(png.length)} bytes, ${String(colours)} colours\n`);
    return;
  }
  throw new Error(`${name} does not get smaller than ${String(MAX_BYTES)} bytes`);
}

const folder = await mkdtemp(join(tmpdir(), 'fashionmatch-screenshots-'));
const browser = await openBrowser();
try {
  await mkdir(IMAGES, { recursive: true });
  await writeSampleData(join(folder, 'data'));
  await fashionmatch(['embed', '-q', '--report', 'report.html'], folder, BUILT_IN);
  await fashionmatch(['search', PHOTOGRAPH, '--html', 'search.html'], folder, BUILT_IN);
  for (const [file, name] of [
    ['search.html', 'search-page.png'],
    ['report.html', 'report.png'],
  ] as const) {
    await using opened = await openWatchedPage(browser, pathToFileURL(join(folder, file)).href, VIEW);
    await writeScreenshot(opened.page, name);
  }

  const { server, url } = await startServe([], folder, BUILT_IN);
  try {
    await using opened = await openWatchedPage(browser, url, VIEW);
    const { page } = opened;
    await page.setInputFiles('#photo', join(folder, PHOTOGRAPH));
    await page.locator('#message', { hasText: 'the best first' }).waitFor();
    await page.locator('#hits .picture:visible').nth(5).waitFor();
    await writeScreenshot(page, 'serve.png');
  } finally {
    server.child.kill('SIGTERM');
    await server.outcome;
  }
} finally {
  await browser.close();
  await rm(folder, { recursive: true });
}
