import { readFile } from 'node:fs/promises';

import { expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';

import { coloursOf, documentedScreenshot, takeDocumentedScreenshot } from './screenshot.js';
import { accessibilityFaults, openWatchedPage, waitUntil, type WatchedPage } from './watched-page.js';

const LARGE = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 780 };
const VIEWS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [LARGE, PHONE].map((size) => ({ ...size, colorScheme })),
);

/** What the documentation shows: nothing like the hostile listing's photograph. */
export const DOCUMENTED_PHOTOGRAPH = 'data/references/lilac-dotted-summer-dress.jpg';
export const DOCUMENTED_VIEW = { width: 1000, height: 720 };

/** A picture of nothing has fewer colours. */
const FEW_COLOURS = 256;

/** In every view: nothing amiss, nothing to scroll to at the side, and not a picture of nothing. */
export async function expectSoundViews({ page, complaints }: WatchedPage): Promise<void> {
  for (const { width, height, colorScheme } of VIEWS) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    const view = `${String(width)}, ${colorScheme}`;
    const faults = await accessibilityFaults(page);
    const overhang = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect({ view, faults, overhang }).toEqual({ view, faults: [], overhang: 0 });
    expect(await coloursOf(page)).toBeGreaterThan(FEW_COLOURS);
  }
  expect(complaints).toEqual([]);
}

export async function expectSound(browser: Browser, url: string): Promise<void> {
  await using opened = await openWatchedPage(browser, url);
  await expectSoundViews(opened);
}

/** Of the places for pictures that are fetched. */
const SEEN_PICTURES_ARE_THERE = `[...document.querySelectorAll('div.picture')].every((place) =>
  place.getBoundingClientRect().top > innerHeight || place.querySelector('img')?.naturalWidth > 0)`;

/** What the documentation shows of the product is what a browser shows of it. */
export async function expectDocumented({ page, complaints }: WatchedPage, name: string): Promise<void> {
  await waitUntil(page, SEEN_PICTURES_ARE_THERE);
  expect(await takeDocumentedScreenshot(page, name)).toBeGreaterThan(FEW_COLOURS);
  expect(complaints).toEqual([]);
  // From memory, since the decoder of photographs, which other tests of this process may load, forbids files to sharp.
  const documented = await readFile(documentedScreenshot(name));
  expect(await sharp(documented).metadata()).toMatchObject({ format: 'png', ...page.viewportSize() });
}
