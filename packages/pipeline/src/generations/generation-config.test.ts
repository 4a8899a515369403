import type { Generation, Generations } from '@fashionmatch/domain';
import { describe, expect, test } from '@jest/globals';

import { parseConfig } from '../config/load-config.js';
import { chosenGeneration, mainGeneration, modelsOf } from './generation-config.js';

const of = (collectionName: string, generation: string): string =>
  generation === 'main' ? collectionName : `${collectionName}.${generation}`;

const next: Generation = {
  name: 'next',
  models: { clipModel: 'a', dinoModel: 'b', precision: 'int8', resample: 'exact', colour: 'ignore-profiles' },
  createdAt: '2026-12-01T03:00:00.000Z',
  isBeingDropped: false,
};
const generations = (serving: string, ...others: Generation[]): Generations => ({ serving, others });
const config = parseConfig({ models: { clip_model: 'c', threads: 3 } });

test('the one that serves is opened, with the models that made it and all else as configured', () => {
  const { models, database } = chosenGeneration(config, generations('next', next), of);
  expect(database).toMatchObject({ collectionName: 'fashion_items.next', openedGeneration: 'next' });
  expect(models).toEqual({ ...config.models, ...next.models });
  expect(models.threads).toBe(3);
});

test('another one is opened when it is asked for, the main one too', () => {
  const asked = parseConfig({ database: { generation: 'main' } });
  expect(chosenGeneration(asked, generations('next', next), of)).toEqual(mainGeneration(asked));
  const other = parseConfig({ database: { generation: 'next' } });
  expect(chosenGeneration(other, generations('main', next), of).database.collectionName).toBe('fashion_items.next');
});

describe('is refused:', () => {
  test.each([
    ['one that is not there', generations('main'), 'There is no generation next'],
    ['one that is being dropped', generations('main', { ...next, isBeingDropped: true }), 'is being dropped'],
    [
      'one of a later version',
      generations('main', { ...next, models: { ...next.models, precision: 'fp4' } }),
      'does not know',
    ],
  ])('%s', (_, found, why) => {
    const asked = parseConfig({ database: { generation: 'next' } });
    expect(() => chosenGeneration(asked, found, of)).toThrow(why);
  });

  test('a name for which there is no room', () => {
    const asked = parseConfig({ database: { generation: 'next', collection_name: 'x'.repeat(500) } });
    expect(() => chosenGeneration(asked, generations('main', { ...next, name: 'n'.repeat(20) }), of)).toThrow(
      'no generation',
    );
    const long = parseConfig({ database: { generation: 'n'.repeat(20), collection_name: 'x'.repeat(500) } });
    expect(() => chosenGeneration(long, generations('main', { ...next, name: 'n'.repeat(20) }), of)).toThrow('no room');
  });

  test.each(['Next', 'a_b', 'a.b', '-a', 'a-', 'x'.repeat(41), ''])('the name %p', (generation) => {
    expect(() => parseConfig({ database: { generation } })).toThrow('generation');
  });
});

test('what makes a space of its own is remembered', () => {
  const { clipModel, dinoModel, precision, resample, colour } = config.models;
  expect(modelsOf(config)).toEqual({ clipModel, dinoModel, precision, resample, colour });
});
