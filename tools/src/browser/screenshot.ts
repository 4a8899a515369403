import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import type { Page } from 'playwright-core';
import sharp from 'sharp';

const DOCUMENTED = new URL('../../../docs/images/', import.meta.url);
const MAX_BYTES = 150_000;

/** How many colours what the page shows has: a picture of nothing has few. */
export async function coloursOf(page: Page): Promise<number> {
  return countColours(await page.screenshot());
}

/**
 * What the page shows is the picture `docs/images/{name}`, which is written anew where
 * `FASHIONMATCH_WRITE_SCREENSHOTS` is 1.
 *
 * @returns how many colours it has.
 */
export async function takeDocumentedScreenshot(page: Page, name: string): Promise<number> {
  const screenshot = await page.screenshot();
  if (process.env['FASHIONMATCH_WRITE_SCREENSHOTS'] === '1') {
    await writeFile(documentedScreenshot(name), await smaller(screenshot));
  }
  return countColours(screenshot);
}

export function documentedScreenshot(name: string): string {
  return fileURLToPath(new URL(name, DOCUMENTED));
}

async function countColours(screenshot: Buffer): Promise<number> {
  const pixels = await sharp(screenshot).removeAlpha().raw().toBuffer();
  const colours = new Set<number>();
  for (let at = 0; at < pixels.length; at += 3) colours.add(pixels.readUIntBE(at, 3));
  return colours.size;
}

/** With as many colours as the limit of a repository's picture allows. */
async function smaller(screenshot: Buffer): Promise<Buffer> {
  for (const [colours, dither] of [
    [256, 1],
    [128, 1],
    [64, 1],
    [32, 1],
    [32, 0],
  ] as const) {
    const png = await sharp(screenshot).png({ palette: true, colours, dither, effort: 10 }).toBuffer();
    if (png.length <= MAX_BYTES) return png;
  }
  throw new Error(`A screenshot does not get smaller than ${String(MAX_BYTES)} bytes`);
}
