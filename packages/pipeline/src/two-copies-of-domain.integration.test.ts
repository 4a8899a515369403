import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

const PACKAGES = fileURLToPath(new URL('../..', import.meta.url));
const DOMAIN = join('node_modules', '@fashionmatch', 'domain');

let tree = '';

/** A consumer's tree: the application has one copy of the built domain, a plug-in of it another. */
beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'fashionmatch-copies-'));
  const plugin = join(tree, 'node_modules', 'their-encoder');
  for (const at of [tree, plugin]) {
    const copy = join(at, DOMAIN);
    await mkdir(copy, { recursive: true });
    await cp(join(PACKAGES, 'domain', 'dist'), join(copy, 'dist'), { recursive: true });
    await cp(join(PACKAGES, 'domain', 'package.json'), join(copy, 'package.json'));
  }
  await writeFile(
    join(plugin, 'package.json'),
    '{ "name": "their-encoder", "type": "module", "exports": "./index.js" }',
  );
  await writeFile(join(plugin, 'index.js'), `export * from '@fashionmatch/domain';`);
});

afterAll(() => rm(tree, { recursive: true, force: true }));

async function inTree(code: string): Promise<unknown> {
  const file = join(tree, 'application.mjs');
  await writeFile(file, code);
  const { stdout } = await promisify(execFile)(process.execPath, [file]);
  return JSON.parse(stdout);
}

test('an error of one copy is the same error to the other, and no other one', async () => {
  const seen = await inTree(`
    import * as ours from '@fashionmatch/domain';
    import * as theirs from 'their-encoder';
    const made = {
      ItemError: new theirs.ItemError('IMAGE_INVALID', 'x'),
      FashionMatchError: new theirs.FashionMatchError('UNEXPECTED', 'x'),
      VectorStoreError: new theirs.VectorStoreError('STORE_FAILED', 'x'),
      StoreBusyError: new theirs.StoreBusyError('x'),
      EmbeddingDimensionError: new theirs.EmbeddingDimensionError('x'),
      ItemNotFoundError: new theirs.ItemNotFoundError(['x']),
      CollectionError: new theirs.CollectionError('STORE_FAILED', 'x'),
      BatchInsertError: new theirs.BatchInsertError([]),
      FilterSyntaxError: new theirs.FilterSyntaxError(0, 'x'),
    };
    class Own extends ours.VectorStoreError {}
    const kinds = Object.keys(made).filter((name) => ours[name] === theirs[name] || ours[name].name !== name);
    const known = Object.entries(made).map(([name, error]) => [
      name, Object.keys(made).filter((kind) => error instanceof ours[kind]),
    ]);
    console.log(JSON.stringify({
      shared: kinds,
      known: Object.fromEntries(known),
      own: [made.VectorStoreError instanceof Own, new Own('STORE_FAILED', 'x') instanceof Own],
      others: [new Error('x'), null, 'x', {}].map((one) => one instanceof ours.ItemError),
    }));
  `);
  const store = ['FashionMatchError', 'VectorStoreError'];
  expect(seen).toEqual({
    shared: [],
    known: {
      ItemError: ['ItemError'],
      FashionMatchError: ['FashionMatchError'],
      VectorStoreError: store,
      StoreBusyError: [...store, 'StoreBusyError'],
      EmbeddingDimensionError: [...store, 'EmbeddingDimensionError'],
      ItemNotFoundError: [...store, 'ItemNotFoundError'],
      CollectionError: [...store, 'CollectionError'],
      BatchInsertError: [...store, 'BatchInsertError'],
      FilterSyntaxError: ['FashionMatchError', 'FilterSyntaxError'],
    },
    own: [false, true],
    others: [false, false, false, false],
  });
});

test("an item's fault of another copy is recorded, and the run goes on", async () => {
  const pipeline = pathToFileURL(join(PACKAGES, 'pipeline', 'dist', 'index.js')).href;
  const testing = pathToFileURL(join(PACKAGES, 'domain', 'dist', 'testing', 'index.js')).href;
  const seen = await inTree(`
    import { ItemError } from 'their-encoder';
    import { EmbeddingPipeline, HybridScorer, parseConfig } from '${pipeline}';
    import * as fakes from '${testing}';
    const dimensions = { clip: 12, dino: 6 };
    const references = new fakes.InMemoryItemSource('references');
    for (const seed of [1, 2, 3]) references.add('/' + seed, fakes.encodeFakeImage(fakes.sampleImage(20, 30, seed)));
    const decoder = new fakes.FakeImageDecoder();
    let decoded = 0;
    const theirDecoder = {
      decode(bytes) {
        if (++decoded === 2) throw new ItemError('IMAGE_INVALID', 'their decoder cannot read it');
        return decoder.decode(bytes);
      },
    };
    const handle = (length) => {
      const encoder = new fakes.FakeImageEncoder(length);
      return { id: encoder.id, dimensions: length, model: encoder.model, open: () => Promise.resolve(encoder) };
    };
    const vectorStore = new fakes.InMemoryVectorStore(dimensions);
    const run = new EmbeddingPipeline({
      config: parseConfig({}),
      scorer: new HybridScorer({ clip: handle(12), dino: handle(6) }, { clip: 0.6, dino: 0.4 }),
      decoder: theirDecoder,
      vectorStore,
      journal: new fakes.InMemoryEmbeddingJournal(),
      sources: { references: () => references, scraped: () => references, readImage: () => Promise.reject(new Error()) },
      logger: new fakes.RecordingLogger(),
      progress: new fakes.RecordingProgressReporter(),
      decodeConcurrency: 1,
    });
    const { processedItems, failedItems } = await run.processReferences();
    const reasons = run.failures.map(({ code, reason }) => [code, reason]);
    console.log(JSON.stringify({ processedItems, failedItems, reasons, stored: await vectorStore.count() }));
  `);
  expect(seen).toEqual({
    processedItems: 2,
    failedItems: 1,
    reasons: [['IMAGE_INVALID', 'their decoder cannot read it']],
    stored: 2,
  });
});
