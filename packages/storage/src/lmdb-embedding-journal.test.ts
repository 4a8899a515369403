import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from '@jest/globals';
import { embeddingJournalContract } from '@fashionmatch/domain/testing';
import { openLmdbEmbeddingJournal } from './lmdb-embedding-journal.js';

embeddingJournalContract(test, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'journal.'));
  const journal = await openLmdbEmbeddingJournal({ directory, collectionName: 'looks' });
  return Object.assign(journal, {});
});
void rm;
