import { ItemError, type EmbeddedItem } from '@fashionmatch/domain';
import { collect, InMemoryVectorStore, sampleItem } from '@fashionmatch/domain/testing';
import type { EvaluatedQuery, Evaluation } from '@fashionmatch/pipeline';
import { expect, test } from '@jest/globals';

import type { FinishedEvaluation } from '../documents/evaluation-document.js';
import { evaluationPage } from './evaluation-page.js';

const DIMENSIONS = { clip: 4, dino: 4 };
const METRIC = 'ndcg@5';

function evaluationOf(...queries: EvaluatedQuery[]): Evaluation {
  return {
    weights: { clip: 0.6, dino: 0.4 },
    metrics: { [METRIC]: { mean: 0.5, low: 0.4, high: 0.6 } },
    queries,
    failures: [],
    sweep: undefined,
  };
}

const query = (value: number, ...first: EvaluatedQuery['first'][number][]): EvaluatedQuery => ({
  query: 'coat',
  relevant: 1,
  metrics: { [METRIC]: value },
  first,
});

const hit = (itemId: string, isRight: boolean) => ({ itemId, isRight });

async function pageOf(finished: Partial<FinishedEvaluation>): Promise<string> {
  const store = new InMemoryVectorStore(DIMENSIONS);
  await store.upsert(['coat', 'dress', 'skirt'].map((id) => sampleItem(id, DIMENSIONS)));
  const thumbnails = {
    ofFile: () => Promise.reject(new ItemError('IMAGE_MISSING', 'the file does not exist')),
    ofItem: ({ provenance: { filePath } }: Pick<EmbeddedItem, 'provenance'>) =>
      filePath.includes('/skirt/')
        ? Promise.reject(new ItemError('IMAGE_MISSING', 'the file has changed'))
        : Promise.resolve(new TextEncoder().encode('picture')),
  };
  const whole = {
    ...{ evaluation: evaluationOf(), depth: 100, unknownRelevant: 0, gates: [], comparison: undefined },
    ...finished,
  };
  return (await collect(evaluationPage(whole, METRIC, { store, thumbnails, imageFolder: '.' }))).join('');
}

/** The texts of the cards of each part of the page, in their order, and whether a picture is above them. */
function cardsOf(page: string): string[][] {
  return page
    .split('<section>')
    .slice(1)
    .map((section) =>
      section
        .split('<li class="card">')
        .slice(1)
        .map((card) => {
          const text = card
            .replace(/<[^>]*>/g, ' ')
            .replace(/\s+/g, ' ')
            .trim();
          return card.includes('<img') ? `picture ${text}` : text;
        }),
    );
}

test('shows what both stores find, and tells of an item that is not stored here by its id: in both alike', async () => {
  const ours = evaluationOf(query(0.25, hit('dress', true), hit('gone<b>', false), hit('skirt', false)));
  const theirs = evaluationOf(query(0.75, hit('theirs', true), hit('dress', false)));
  const difference = { mean: 0.5, low: 0.1, high: 0.9 };
  const comparison = { queries: 1, differences: { [METRIC]: difference }, config: 'other.yaml', evaluation: theirs };
  const page = await pageOf({ evaluation: ours, comparison });
  expect(cardsOf(page)).toEqual([
    [
      'picture Query',
      'picture ✓ right dress',
      '✗ wrong gone&#60;b&#62;',
      'No picture: the file has changed ✗ wrong skirt',
    ],
    ['✓ right theirs', 'picture ✗ wrong dress'],
  ]);
  expect(page).toContain('<h4>other.yaml: 0.750</h4>');
  expect(page).toContain('<h2>Compared with other.yaml</h2>');
  expect(page).toContain('<th scope="row">ndcg@5</th><td>0.500</td><td>0.500</td><td>0.100 to 0.900</td>');
});

test('has no part of another store where there was no comparison', async () => {
  const page = await pageOf({ evaluation: evaluationOf(query(0.25, hit('dress', true))) });
  expect(cardsOf(page)).toHaveLength(1);
  expect(page).not.toContain('Compared with');
});

test('a query that the other store did not try stands alone', async () => {
  const ours = evaluationOf(query(0.25, hit('dress', true)));
  const comparison = { queries: 0, differences: {}, config: 'other.yaml', evaluation: evaluationOf() };
  expect(cardsOf(await pageOf({ evaluation: ours, comparison }))).toHaveLength(1);
});
