import { expect, test } from '@jest/globals';

import { KeptPictures } from './kept-pictures.js';

/** Pictures of ten bytes. */
function setUp(maxBytes: number) {
  const pictures = new KeptPictures(maxBytes);
  const drawn: string[] = [];
  const look = (content: string): Promise<Uint8Array> =>
    pictures.of(content, () => {
      drawn.push(content);
      return Promise.resolve(new Uint8Array(10));
    });
  return { pictures, drawn, look };
}

test('those that were looked at longest ago make room', async () => {
  const { look, drawn } = setUp(25);
  for (const content of ['a', 'b', 'a', 'c', 'a', 'b']) await look(content);
  expect(drawn).toEqual(['a', 'b', 'c', 'b']);
});

test('one is drawn once for all who ask at a time', async () => {
  const { look, drawn } = setUp(25);
  const [one, other] = await Promise.all([look('a'), look('a')]);
  expect(one).toBe(other);
  expect(drawn).toEqual(['a']);
});

test('one that is larger than all the room is drawn all the same, and others stay away', async () => {
  const { look, drawn } = setUp(5);
  expect(await look('a')).toHaveLength(10);
  await look('a');
  expect(drawn).toEqual(['a', 'a']);
});

test('what could not be drawn, or has no hash, is drawn again', async () => {
  const { pictures, look, drawn } = setUp(25);
  await expect(pictures.of('a', () => Promise.reject(new Error('no file')))).rejects.toThrow('no file');
  for (const content of ['a', '', '']) await look(content);
  expect(drawn).toEqual(['a', '', '']);
});
