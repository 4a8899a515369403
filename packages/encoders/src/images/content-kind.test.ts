import { describe, expect, test } from '@jest/globals';

import { contentKind } from './content-kind.js';

const kindOf = (head: string) => contentKind(Buffer.from(head, 'latin1'));

/** An ISO base media file: size, type, major brand, version, compatible brands. */
const heif = (major: string, ...compatible: string[]) =>
  `\0\0\0${String.fromCharCode(16 + 4 * compatible.length)}ftyp${major}\0\0\0\0${compatible.join('')}\0\0\0\x0cmeta`;

describe('contentKind', () => {
  test.each([
    ['\xff\xd8\xff\xe0', 'JPEG'],
    ['\xff\xd8\0\0\xff\xe1', 'JPEG'],
    ['\x89PNG\r\n\x1a\n', 'PNG'],
    ['RIFF\x10\0\0\0WEBPVP8 ', 'WebP'],
    ['GIF87a', 'GIF'],
    ['GIF89a', 'GIF'],
    ['GIF8xx', 'GIF'],
    ['II*\0', 'TIFF'],
    ['MM\0*', 'TIFF'],
    ['II+\0', 'TIFF'],
    [heif('avif', 'mif1'), 'AVIF'],
    [heif('mif1', 'miaf', 'avif'), 'AVIF'],
    [heif('mif1', 'miaf'), 'AVIF'],
    [heif('msf1', 'avis'), 'AVIF'],
    [heif('heic', 'mif1', 'heic'), 'HEIC'],
    [heif('mif1', 'heic'), 'HEIC'],
    [heif('msf1', 'hevc'), 'HEIC'],
    [`${heif('mif1', 'miaf')}\0\0\0\x08hvcC`, 'HEIC'],
    [`${heif('mif1', 'miaf')}\0\0\0\x08av1C`, 'AVIF'],
  ])('takes %j for %s', (head, image) => {
    expect(kindOf(head)).toEqual({ image });
  });

  test.each([
    ['', 'an empty file'],
    ['version https://git-lfs.github.com/spec/v1\n', 'a git-LFS pointer in place of the file'],
    ['\0\0\0\x0cjP  \r\n', 'a JPEG 2000 image'],
    ['BM6\0', 'a BMP image'],
    ['%PDF-1.7', 'a PDF document'],
    ['\xef\xbb\xbf  <!DOCTYPE html>', 'an HTML page'],
    ['<?xml version="1.0"?><svg>', 'an SVG or XML document'],
    ['{"error": 404}', 'JSON text'],
    ['[]', 'JSON text'],
    [heif('isom', 'mp41'), ''],
    ['RIFF\x10\0\0\0WAVE', ''],
    ['\xff', ''],
  ])('says what %j looks like: %s', (head, looksLike) => {
    expect(kindOf(head)).toEqual({ image: undefined, looksLike });
  });

  test('a box that lies about its size is read no further than the file', () => {
    expect(kindOf('\xff\xff\xff\xffftypavif')).toEqual({ image: 'AVIF' });
    expect(kindOf('\0\0\0\0ftypavif')).toMatchObject({ image: undefined });
    expect(kindOf('\0\0\0\x10ftyp')).toMatchObject({ image: undefined });
  });
});
