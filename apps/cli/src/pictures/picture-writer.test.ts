import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';

import { describe, expect, test } from '@jest/globals';
import sixel from 'sixel';

import { openPictureWriter, pictureWriter, PLACE } from './picture-writer.js';

/** As they are when a PNG is long, short, or of a length that fills its pieces to the last character. */
const FILES = [1, 3_000, 3_072, 3_073, 50_000].map((length) => randomBytes(length));

describe('in the protocol of kitty', () => {
  const { square, write } = pictureWriter('kitty');

  test.each(FILES)('a PNG arrives whole, in pieces that a terminal takes (%#)', (file) => {
    const pieces = [...write(file).matchAll(/\u001b_G([^;]*);([A-Za-z0-9+/=]*)\u001b\\/g)];
    expect(pieces.map(([whole]) => whole).join('')).toBe(write(file));
    for (const [, , text = ''] of pieces) expect(text.length).toBeLessThanOrEqual(4_096);
    // All but the last have no padding: a terminal decodes each piece by itself.
    for (const [, , text = ''] of pieces.slice(0, -1)) expect(text.length % 4).toBe(0);
    expect(Buffer.from(pieces.map(([, , text]) => text).join(''), 'base64').equals(file)).toBe(true);
    const controls = pieces.map(([, control = '']) => control);
    expect(controls[0]).toMatch(/^a=T,f=100,q=2,C=1,c=12,r=6,m=[01]$/);
    expect(controls.slice(1).every((control) => /^m=[01]$/.test(control))).toBe(true);
    expect(controls.map((control) => control.endsWith('m=1'))).toEqual(controls.map((_, i) => i < controls.length - 1));
  });

  test('asks for a PNG', () => {
    expect(square.format).toBe('png');
  });
});

describe('in that of iTerm2', () => {
  test.each(FILES)('a file arrives whole, within its place (%#)', (file) => {
    const { square, write } = pictureWriter('iterm2');
    expect(square.format).toBe('png');
    const [, how = '', text = ''] = /^\u001b\]1337;File=([^:]*):([A-Za-z0-9+/=]*)\u0007$/.exec(write(file)) ?? [];
    expect(Object.fromEntries(how.split(';').map((one) => one.split('=')))).toEqual({
      ...{ size: String(file.length), width: '12', height: '6' },
      ...{ preserveAspectRatio: '1', inline: '1' },
    });
    expect(Buffer.from(text, 'base64').equals(file)).toBe(true);
  });
});

describe('in sixels', () => {
  /** Of 256 colours, and nothing in the first and last lines. */
  function drawn(edge: number): Uint8Array {
    const pixels = new Uint8Array(edge * edge * 4);
    for (let i = 2 * edge; i < (edge - 2) * edge; i++) pixels.set([(i % 16) * 17, (i % 256) & 0xf0, 90, 255], i * 4);
    return pixels;
  }

  test('every pixel arrives, as near to its colour as a percentage is', () => {
    const { square, write } = pictureWriter('sixel', { width: 10, height: 20 });
    expect(square).toEqual({ edge: 120, format: 'rgba' });
    const pixels = drawn(square.edge);
    const [, body = ''] = /^\u001bP0;1;q([ -~\n]+)\u001b\\$/.exec(write(pixels)) ?? [];
    const decoder = new sixel.Decoder();
    decoder.init(0, null, 256, true);
    decoder.decodeString(body);
    expect([decoder.width, decoder.height]).toEqual([square.edge, square.edge]);
    const off = [...decoder.data8].map((value, i) => Math.abs(value - (pixels[i] ?? NaN)));
    expect(off).toHaveLength(pixels.length);
    expect(Math.max(...new Set(off))).toBeLessThanOrEqual(2);
  });

  test('of nothing are nothing', () => {
    const { square, write } = pictureWriter('sixel');
    expect(write(new Uint8Array(square.edge * square.edge * 4))).toBe('');
  });

  test.each([
    ['usual cells', { width: 10, height: 20 }],
    ['narrow cells', { width: 6, height: 20 }],
    ['dense cells', { width: 20, height: 40 }],
    ['the smallest cells', { width: 1, height: 1 }],
    ['cells of which nothing is known', undefined],
  ])('are no larger than their place in %s', (_, cell) => {
    const { edge } = pictureWriter('sixel', cell).square;
    const { width, height } = cell ?? { width: 8, height: 16 };
    expect(edge).toBeGreaterThan(0);
    expect(edge).toBeLessThanOrEqual(PLACE.lines * height);
    expect(edge).toBeLessThanOrEqual(PLACE.columns * width);
    expect(edge).toBeLessThanOrEqual(160);
  });
});

test.each(['auto', 'none', 'kitty', 'sixel'] as const)(
  '%s: a stream that is no terminal gets no pictures',
  async (how) => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    expect(await openPictureWriter({ stdin, stdout, stderr, env: { TERM: 'xterm-kitty' } }, how)).toBeUndefined();
    expect(stdout.read()).toBeNull();
  },
);
