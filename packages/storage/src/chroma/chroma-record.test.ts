import { VectorStoreError } from '@fashionmatch/domain';
import { sampleItem } from '@fashionmatch/domain/testing';
import { describe, expect, test } from '@jest/globals';

import { fromChromaRecord, toChromaRecord } from './chroma-record.js';

const DIMENSIONS = { clip: 4, dino: 4 };

function recordOf(changes?: Parameters<typeof sampleItem>[2]): ReturnType<typeof toChromaRecord> {
  const { item, provenance } = sampleItem('a', DIMENSIONS, changes);
  return toChromaRecord({ item, provenance });
}

describe('a record for Chroma', () => {
  test("has the original program's keys and ours, always all of them", () => {
    const record = recordOf({ item: { brand: '', size: '' } });
    expect(record).toMatchObject({ id: 'a', metadata: { image_url: 'https://images.example/a.jpg', brand: '' } });
    expect('metadata' in record && Object.keys(record.metadata)).toEqual([
      ...['title', 'price', 'currency', 'description', 'brand', 'size', 'condition', 'image_url', 'url'],
      ...['category', 'seller_id', 'scraped_at', 'local_image_path'],
      ...['fm_source', 'fm_file_path', 'fm_file_size', 'fm_file_mtime_ms', 'fm_content_sha256'],
    ]);
  });

  test('has a document, of texts as they are stored', () => {
    const texts = { title: 'Wool coat\ud83d', brand: 'Arket', category: 'Coats', size: 'M' };
    expect(recordOf({ item: texts })).toMatchObject({ document: 'Wool coat\ufffd\nArket\nCoats\nM' });
  });

  test('reads back as the same item', () => {
    const { item, provenance } = sampleItem('a', DIMENSIONS);
    const record = toChromaRecord({ item, provenance });
    expect('metadata' in record && fromChromaRecord('a', record.metadata)).toEqual({ item, provenance });
  });

  test('has no broken surrogate pairs', () => {
    expect(recordOf({ item: { title: 'a\ud83d' }, provenance: { filePath: '/x\udc00' } })).toMatchObject({
      metadata: { title: 'a\ufffd', fm_file_path: '/x\ufffd' },
    });
  });

  test.each([
    ['an over-long text', { item: { title: 'x'.repeat(100_001) } }, 'title: is longer than 16384 characters'],
    ['a negative price', { item: { price: -1 } }, 'the price is negative'],
    ['an infinite price', { item: { price: Infinity } }, 'the price is no number'],
    ['a negative file size', { provenance: { fileSize: -1 } }, 'fileSize: '],
  ])('is refused for %s', (_, changes, refusal) => {
    expect(recordOf(changes)).toEqual({ refusal: expect.stringContaining(refusal) });
  });

  test.each([
    ['is empty', ''],
    ['is longer than', 'x'.repeat(513)],
    ['has a control character', 'a\u001b[2J'],
    ['is no well-formed text', 'a\ud83d'],
  ])('is refused when its id %s', (refusal, itemId) => {
    expect(recordOf({ item: { itemId } })).toEqual({ refusal: expect.stringContaining(refusal) });
  });

  test('is refused for a null that types should have kept out', () => {
    const { item, provenance } = sampleItem('a', DIMENSIONS);
    const hostile = JSON.parse(JSON.stringify({ item: { ...item, title: null }, provenance }));
    expect(toChromaRecord(hostile)).toEqual({ refusal: expect.stringContaining('title: ') });
  });
});

describe("a record of the original program's", () => {
  const metadata = {
    title: 'jacket.jpg',
    price: 0,
    currency: 'EUR',
    url: 'file:///data/references/jacket.jpg',
    image_url: 'file:///data/references/jacket.jpg',
    scraped_at: '2025-01-15T14:30:22',
    local_image_path: 'data/references/jacket.jpg',
  };

  test('is an item whose image must be looked at again', () => {
    expect(fromChromaRecord('ref_jacket_1', metadata)).toEqual({
      item: {
        itemId: 'ref_jacket_1',
        title: 'jacket.jpg',
        price: 0,
        currency: 'EUR',
        description: '',
        brand: '',
        size: '',
        condition: '',
        imageUrl: metadata.image_url,
        url: metadata.url,
        category: '',
        sellerId: '',
        scrapedAt: metadata.scraped_at,
        localImagePath: metadata.local_image_path,
      },
      provenance: {
        source: 'references',
        filePath: metadata.local_image_path,
        fileSize: 0,
        fileMtimeMs: 0,
        contentSha256: '',
      },
    });
  });

  test('is a scraped one when its address is no file', () => {
    const stored = fromChromaRecord('1', { ...metadata, url: 'https://shop.example/1' });
    expect(stored.provenance.source).toBe('scraped');
  });

  test('may have numbers and nothing where we have texts, or no metadata at all', () => {
    expect(fromChromaRecord('1', { size: 38, brand: null }).item).toMatchObject({ size: '38', brand: '', price: 0 });
    expect(fromChromaRecord('1', null).item.title).toBe('');
  });

  test('is an error when it cannot be an item', () => {
    expect(() => fromChromaRecord('1', { price: 'cheap' })).toThrow(VectorStoreError);
    expect(() => fromChromaRecord('1', { price: 'cheap' })).toThrow(/item 1 cannot be read .*fashionmatch verify/);
  });
});
