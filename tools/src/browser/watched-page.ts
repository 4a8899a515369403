import { setTimeout as delay } from 'node:timers/promises';

import axe, { type AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';

export interface PageView {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  /** A screen that is touched. */
  readonly hasTouch?: boolean;
}

/** A page, and what is amiss with it. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors of the page and its console, and requests that would leave this machine. */
  readonly complaints: readonly string[];
}

/** Opens an address, and waits until nothing more is loaded. */
export async function openWatchedPage(browser: Browser, url: string, view: PageView = {}): Promise<WatchedPage> {
  const { colorScheme = 'light', width = 1280, height = 900, hasTouch = false } = view;
  const context = await browser.newContext({ colorScheme, hasTouch, viewport: { width, height } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  await page.route('**', (route, request) => {
    if (staysHere(request.url())) return route.continue();
    complaints.push(`request: ${request.url()}`);
    return route.abort();
  });
  await page.goto(url, { waitUntil: 'networkidle' });
  return {
    page,
    complaints,
    [Symbol.asyncDispose]: () => context.close(),
  };
}

const LOOK_EVERY_MS = 50;
const PATIENCE_MS = 30_000;

/** Waits until an expression is true in the page; Playwright's own way needs `eval`, which a page may forbid. */
export async function waitUntil(page: Page, expression: string): Promise<void> {
  const endsAt = performance.now() + PATIENCE_MS;
  while (!(await page.evaluate<boolean>(`Boolean(${expression})`))) {
    if (performance.now() > endsAt) throw new Error(`This did not come true in the page: ${expression}`);
    await delay(LOOK_EVERY_MS);
  }
}

function staysHere(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return ['file:', 'data:', 'blob:'].includes(protocol) || hostname === '127.0.0.1';
}

/** What a person with a disability would stumble over, one line a rule: axe's serious and critical findings. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // Through the debugger, which no content security policy hinders.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>("axe.run({ resultTypes: ['violations'] })");
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
