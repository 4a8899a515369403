import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { seededRandom } from '@fashionmatch/domain/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import sharp from 'sharp';

import { draw, photograph, readFashionMnist } from './fashion-mnist.js';

/** Two images of 1 × 3 pixels, and their labels. */
const IMAGES = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 10, 20, 30, 40, 50, 255);
const LABELS = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 9);

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fashion-mnist-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('reads images with their labels', async () => {
  await writeFile(join(folder, 't10k-images-idx3-ubyte.gz'), gzipSync(IMAGES));
  await writeFile(join(folder, 't10k-labels-idx1-ubyte'), LABELS);

  const images = await readFashionMnist(folder, 'test');

  expect(images).toEqual([
    { label: 7, width: 3, height: 1, pixels: Uint8Array.of(10, 20, 30) },
    { label: 9, width: 3, height: 1, pixels: Uint8Array.of(40, 50, 255) },
  ]);
});

test('refuses images whose labels are missing, or are those of others', async () => {
  await writeFile(join(folder, 'train-images-idx3-ubyte'), IMAGES);
  await expect(readFashionMnist(folder, 'train')).rejects.toThrow('holds no train-labels-idx1-ubyte, nor');

  await writeFile(join(folder, 'train-labels-idx1-ubyte'), Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7));
  await expect(readFashionMnist(folder, 'train')).rejects.toThrow('do not belong together');
});

test('makes PNG files of the same pixels', async () => {
  const bytes = await photograph({ label: 0, width: 3, height: 1, pixels: Uint8Array.of(0, 128, 255) });

  const { data, info } = await sharp(bytes).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  expect({ ...info, pixels: [...data] }).toMatchObject({ width: 3, height: 1, channels: 1, pixels: [0, 128, 255] });
});

test('draws each image once, the same ones for the same seed', () => {
  const images = Array.from({ length: 50 }, (_, label) => ({ label, width: 0, height: 0, pixels: new Uint8Array() }));

  const drawn = draw(images, 20, seededRandom(3)).map(({ label }) => label);

  expect(new Set(drawn).size).toBe(20);
  expect(draw(images, 20, seededRandom(3)).map(({ label }) => label)).toEqual(drawn);
  expect(draw(images, 99, seededRandom(3))).toHaveLength(50);
});
