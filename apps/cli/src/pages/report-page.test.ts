import { ItemError, type ItemFailure, type ItemStage, type PipelineStats } from '@fashionmatch/domain';
import { collect } from '@fashionmatch/domain/testing';
import { describe, expect, test } from '@jest/globals';

import type { RunReport } from '../documents/result-document.js';
import { reportPage, type StageSeconds } from './report-page.js';
import { RunRecord } from './run-record.js';

const STATS: PipelineStats = {
  source: 'references',
  totalItems: 9,
  processedItems: 5,
  skippedItems: 3,
  failedItems: 1,
  failedIds: ['a'],
  remainingItems: 0,
  fromJournal: { items: 0, imported: 0 },
  leftOut: [],
  durationSeconds: 75.4,
};

function failure(itemId: string, stage: ItemStage = 'decode', path = `/photos/${itemId}.jpg`): ItemFailure {
  return { itemId, source: 'references', stage, code: 'IMAGE_INVALID', reason: 'It is broken', path };
}

/** The page's text, and the files that it drew. */
async function pageOf(
  failures: readonly ItemFailure[],
  { stages, record = new RunRecord() }: { stages?: readonly StageSeconds[]; record?: RunRecord } = {},
) {
  const drawn: string[] = [];
  const ofFile = (path: string): Promise<Uint8Array> => {
    drawn.push(path);
    if (path.includes('gone')) return Promise.reject(new ItemError('IMAGE_MISSING', 'the file does not exist'));
    return Promise.resolve(new TextEncoder().encode('picture'));
  };
  const report: RunReport = {
    status: 'completed_with_failures',
    results: { references: STATS },
    failures,
    models: undefined,
    error: undefined,
  };
  const text = (await collect(reportPage(report, { record, thumbnails: { ofFile }, stages }))).join('');
  return { text, drawn };
}

describe('a report', () => {
  test('counts what became of each source, and in all', async () => {
    const { text } = await pageOf([]);
    for (const name of ['references', 'Total']) {
      expect(text).toContain(
        `<tr><th scope="row">${name}</th>${['9', '5', '3', '1', '75 s'].map((cell) => `<td class="number">${cell}</td>`).join('')}</tr>`,
      );
    }
    expect(text).toContain('<p>None.</p>');
  });

  test('shows what failed with its picture, or why there is none', async () => {
    const { text, drawn } = await pageOf([failure('a'), failure('gone')]);
    expect(drawn).toEqual(['/photos/a.jpg', '/photos/gone.jpg']);
    expect(text).toContain(`src="data:image/webp;base64,${Buffer.from('picture').toString('base64')}"`);
    expect(text).toContain('No picture: the file does not exist');
  });

  test('reads no file that the run would not read', async () => {
    const forbidden: ItemFailure = { ...failure('b', 'decode', '/etc/shadow'), code: 'PATH_FORBIDDEN' };
    const { drawn } = await pageOf([failure('a', 'discover', '/etc/passwd'), forbidden, failure('c', 'store', '')]);
    expect(drawn).toEqual([]);
  });

  test('of very many failures shows some, and says so', async () => {
    const { text, drawn } = await pageOf(Array.from({ length: 1_234 }, (_, i) => failure(`item-${String(i)}`)));
    expect(text.match(/<li class="card">/g)).toHaveLength(500);
    expect(drawn).toHaveLength(100);
    expect(text).toContain('500 of them, and 734 more');
  });

  test('shows texts as texts', async () => {
    const { text } = await pageOf([failure('<img src=x onerror=alert(1)>\u202e')]);
    expect(text).toContain('&#60;img src=x onerror=alert(1)&#62;\ufffd');
    expect(text).not.toContain('<img src=x');
  });

  test('lists duplicates, and has stages where they are known', async () => {
    const record = new RunRecord();
    for (let i = 0; i < 600; i++) {
      const copy = { itemId: `copy-${String(i)}`, path: '/b.jpg', duplicateOf: 'first' };
      record.report({ type: 'duplicate-found', source: 'references', ...copy });
    }
    const { text } = await pageOf([], { record, stages: [{ name: 'decode', seconds: 3 }] });
    expect(text).toContain('600 new items have the image of another one');
    expect(text.match(/<code>copy-/g)).toHaveLength(500);
    expect(text).toContain('<dt>decode</dt>');
    expect((await pageOf([])).text).not.toContain('Stages');
  });
});
