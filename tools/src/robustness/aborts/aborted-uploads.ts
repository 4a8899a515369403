import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import type { Browser } from 'playwright-core';

/** Where it is, and what is sent there. */
export interface UploadTarget {
  readonly url: string;
  readonly photograph: string;
  readonly bytes: Buffer;
}

/** Leaves once, in its own way. */
export type Abort = (target: UploadTarget) => Promise<void>;

/** Long enough for some searches to have begun, and short enough for others not to be over; in milliseconds. */
const MOST_PATIENCE_MS = 60;

/** A connection that says nothing by itself; what becomes of it is its owner's business. */
export async function openConnection({ url }: UploadTarget): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends a photo as far as it goes, and keeps the connection open. @param share From 0 (no byte of it) to 1. */
export async function beginUpload(target: UploadTarget, share: number): Promise<Socket> {
  const { bytes } = target;
  const socket = await openConnection(target);
  socket.write(
    `POST /api/search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/png\r\n` +
      `Content-Length: ${String(bytes.length)}\r\n\r\n`,
  );
  socket.write(bytes.subarray(0, Math.round(bytes.length * share)));
  return socket;
}

/** Every other client says good-bye to the connection; the rest is gone at once, as after a crash. */
function abortAt(share: number): Abort {
  let count = 0;
  return async (target) => {
    const socket = await beginUpload(target, share);
    count++;
    await delay((count * 7) % MOST_PATIENCE_MS);
    if (count % 2 === 0) socket.destroy();
    else socket.resetAndDestroy();
  };
}

/** The kinds that need no browser. */
export const ABORTS: Readonly<Record<string, Abort>> = {
  'before the body': abortAt(0),
  'in the middle of the body': abortAt(0.5),
  'while it is searched for': abortAt(1),
};

/** A person who chooses a photo, and reloads the page before anything is found. */
export async function navigateAway(browser: Browser, { url, photograph }: UploadTarget, times: number): Promise<void> {
  const page = await browser.newPage();
  for (let i = 0; i < times; i++) {
    await page.goto(url);
    await page.locator('#drop').waitFor();
    const asked = page.waitForRequest((request) => request.method() === 'POST');
    await page.setInputFiles('#photo', photograph);
    await asked;
  }
  await page.close();
}
