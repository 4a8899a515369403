import type { HalfRow, PerSpace } from '@fashionmatch/domain';
import { sampleItem } from '@fashionmatch/domain/testing';
import { describe, expect, test } from '@jest/globals';

import { faultsOf, type ItemView } from './item-faults.js';

const DIMENSIONS = { clip: 12, dino: 6 };
const SPACES = ['clip', 'dino'] as const;
const { item, provenance, embeddings } = sampleItem('coat', DIMENSIONS);

type Rows = PerSpace<HalfRow | undefined>;

const row = (space: 'clip' | 'dino', changes: Partial<HalfRow> = {}): HalfRow => ({
  itemId: 'coat',
  vector: embeddings[space],
  stored: { item, provenance },
  document: '',
  outdated: false,
  ...changes,
});

const view = (rows: Partial<Rows> = {}): ItemView => ({
  itemId: 'coat',
  rows: { clip: row('clip'), dino: row('dino'), ...rows },
  remembered: embeddings,
});

const kinds = (rows: Partial<Rows>): unknown[] =>
  faultsOf(view(rows), SPACES, DIMENSIONS).map(({ kind, space }) => [kind, space]);

function changed(vector: Float32Array, i: number, value: number): Float32Array {
  const copy = vector.slice();
  copy[i] = value;
  return copy;
}

/** As long as the original, and another one. */
const otherUnitVector = embeddings.dino.map((value) => -value);

test('an item that is whole in both halves has no fault', () => {
  expect(kinds({})).toEqual([]);
});

test('what the journal does not remember is taken as it is', () => {
  const unknown = {
    ...view({ dino: row('dino', { vector: otherUnitVector }) }),
    remembered: { clip: undefined, dino: undefined },
  };
  expect(faultsOf(unknown, SPACES, DIMENSIONS)).toEqual([]);
});

test('the rounding of an index is no fault', () => {
  const rounded = embeddings.clip.map((value) => value * (1 + 1e-7));
  expect(kinds({ clip: row('clip', { vector: rounded }) })).toEqual([]);
});

test('nothing is said of a half that cannot be read', () => {
  expect(faultsOf(view({ clip: undefined }), ['dino'], DIMENSIONS)).toEqual([]);
});

describe('is told:', () => {
  test.each<[string, Partial<Rows>, unknown]>([
    ['in one half only', { dino: undefined }, ['half_missing', 'dino']],
    ['no vector', { clip: row('clip', { vector: new Float32Array() }) }, ['vector_unreadable', 'clip']],
    ['other dimensions', { dino: row('dino', { vector: embeddings.clip }) }, ['vector_dimensions', 'dino']],
    ['no number', { clip: row('clip', { vector: changed(embeddings.clip, 3, NaN) }) }, ['vector_not_finite', 'clip']],
    [
      'infinite',
      { clip: row('clip', { vector: changed(embeddings.clip, 0, Infinity) }) },
      ['vector_not_finite', 'clip'],
    ],
    ['another length', { dino: row('dino', { vector: changed(embeddings.dino, 1, 2) }) }, ['vector_not_unit', 'dino']],
    ['another vector', { dino: row('dino', { vector: otherUnitVector }) }, ['vector_differs', 'dino']],
    ['no metadata', { clip: row('clip', { stored: undefined }) }, ['metadata_unreadable', 'clip']],
    [
      'no metadata in both, as what another program wrote without any',
      { clip: row('clip', { stored: undefined }), dino: row('dino', { stored: undefined }) },
      ['metadata_unreadable', undefined],
    ],
    [
      'another price',
      { dino: row('dino', { stored: { item: { ...item, price: 1 }, provenance } }) },
      ['metadata_differs', undefined],
    ],
    [
      'another content',
      { dino: row('dino', { stored: { item, provenance: { ...provenance, contentSha256: 'cd'.repeat(32) } } }) },
      ['metadata_differs', undefined],
    ],
  ])('%s', (_, rows, fault) => {
    expect(kinds(rows)).toEqual([fault]);
  });

  test('all that is wrong with an item, not only the first', () => {
    expect(kinds({ clip: row('clip', { vector: new Float32Array(), stored: undefined }), dino: undefined })).toEqual([
      ['vector_unreadable', 'clip'],
      ['metadata_unreadable', 'clip'],
      ['half_missing', 'dino'],
    ]);
  });
});
