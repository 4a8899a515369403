import assert from 'node:assert/strict';

import { ItemError } from '../errors.js';
import type { DecodedImage, ImageDecoder } from '../ports/image-decoder.js';
import { withOpened, type DeclareTest, type Open } from './contract.js';
import { sampleImage } from './sample-images.js';

export interface ImageDecoderUnderTest {
  readonly decoder: ImageDecoder;
  /** The bytes of a file that holds exactly this image, in any lossless format that the decoder reads. */
  readonly encodeLossless: (image: DecodedImage) => Promise<Uint8Array>;
}

/** What every {@link ImageDecoder} guarantees. */
export function imageDecoderContract(test: DeclareTest, open: Open<ImageDecoderUnderTest>): void {
  const check = (name: string, run: (subject: ImageDecoderUnderTest) => Promise<void>): unknown =>
    test(`image decoder: ${name}`, () => withOpened(open(), run));

  for (const [width, height] of [
    [1, 1],
    [640, 3],
    [37, 53],
  ] as const) {
    check(`every pixel of ${String(width)}×${String(height)} comes back`, async ({ decoder, encodeLossless }) => {
      const image = sampleImage(width, height, 1);
      const decoded = await decoder.decode(await encodeLossless(image));
      assert.equal(decoded.width, width);
      assert.equal(decoded.height, height);
      assert.deepEqual(Buffer.from(decoded.data), Buffer.from(image.data));
    });
  }

  check('the bytes given are left as they were', async ({ decoder, encodeLossless }) => {
    const bytes = await encodeLossless(sampleImage(20, 10, 2));
    const before = Buffer.from(bytes).toString('base64');
    await decoder.decode(bytes);
    assert.equal(Buffer.from(bytes).toString('base64'), before);
  });

  check('concurrent calls do not disturb each other', async ({ decoder, encodeLossless }) => {
    const images = [1, 2, 3, 4, 5].map((seed) => sampleImage(10 + seed, 20, seed));
    const decoded = await Promise.all(images.map(async (image) => decoder.decode(await encodeLossless(image))));
    for (const [i, image] of images.entries()) {
      assert.deepEqual(Buffer.from(decoded[i]?.data ?? []), Buffer.from(image.data));
    }
  });

  const faults: [string, (bytes: Uint8Array) => Uint8Array][] = [
    ['no bytes', () => new Uint8Array(0)],
    ['text', () => new TextEncoder().encode('<!doctype html><title>404</title>')],
    ['half a file', (bytes) => bytes.slice(0, bytes.length / 2)],
    ['a header alone', (bytes) => bytes.slice(0, 12)],
  ];
  for (const [name, spoil] of faults) {
    check(`${name} is IMAGE_INVALID, and the decoder goes on`, async ({ decoder, encodeLossless }) => {
      const bytes = await encodeLossless(sampleImage(64, 48, 3));
      await assert.rejects(decoder.decode(spoil(bytes)), (error) => {
        assert.ok(error instanceof ItemError, String(error));
        assert.equal(error.code, 'IMAGE_INVALID');
        assert.ok(error.message.length > 0 && error.message.length < 200);
        return true;
      });
      assert.equal((await decoder.decode(bytes)).width, 64);
    });
  }
}
