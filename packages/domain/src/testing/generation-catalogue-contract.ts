import assert from 'node:assert/strict';

import {
  MAIN_GENERATION,
  type Generation,
  type GenerationCatalogue,
  type Generations,
} from '../ports/generation-catalogue.js';
import { withOpened, type DeclareTest, type Open } from './contract.js';

/** A place of its own, of which nothing was ever changed; what is changed there, all of its catalogues see. */
export interface GenerationPlace {
  readonly catalogue: () => GenerationCatalogue;
}

const generation = (name: string, clipModel = `models/${name}`): Generation => ({
  name,
  models: { clipModel, dinoModel: 'dinov2_vits14', precision: 'fp32', resample: 'fast', colour: 'convert' },
  createdAt: '2026-12-01T03:00:00.000Z',
  isBeingDropped: false,
});

const adding =
  (added: Generation) =>
  ({ serving, others }: Generations): Generations => ({ serving, others: [...others, added] });

/** What every {@link GenerationCatalogue} guarantees. */
export function generationCatalogueContract(test: DeclareTest, open: Open<GenerationPlace>): void {
  const check = (name: string, run: (place: GenerationPlace) => Promise<void>): unknown =>
    test(`generation catalogue: ${name}`, () => withOpened(open(), run));

  check('the main one serves, alone, where nothing was ever changed', async ({ catalogue }) => {
    for (let time = 1; time <= 2; time++) {
      assert.deepEqual(await catalogue().read(), { serving: MAIN_GENERATION, others: [] });
    }
  });

  check('what is changed is what all see', async ({ catalogue }) => {
    const [one, other] = [catalogue(), catalogue()];
    const added = await one.change(adding(generation('first')));
    assert.deepEqual(added, { serving: MAIN_GENERATION, others: [generation('first')] });
    assert.deepEqual(await other.read(), added);
    await other.change((now) => ({ ...now, serving: 'first' }));
    await other.change(({ serving, others }) => ({
      serving,
      others: others.map((each) => ({ ...each, isBeingDropped: true })),
    }));
    const all = { serving: 'first', others: [{ ...generation('first'), isBeingDropped: true }] };
    assert.deepEqual(await one.read(), all);
    await one.change(() => ({ serving: MAIN_GENERATION, others: [] }));
    assert.deepEqual(await other.read(), { serving: MAIN_GENERATION, others: [] });
  });

  check('names of models are kept to the letter', async ({ catalogue }) => {
    const odd = generation('odd', `/mnt/Modèles "à moi"\\n/${'ü'.repeat(300)}/👗\u2028`);
    await catalogue().change(adding(odd));
    assert.deepEqual((await catalogue().read()).others, [odd]);
  });

  check('there is room for ten, and for fewer again', async ({ catalogue }) => {
    const names = Array.from({ length: 10 }, (_, i) => `generation-${String(i)}`);
    for (const name of names) await catalogue().change(adding(generation(name, 'openai/clip-vit-base-patch32')));
    assert.deepEqual((await catalogue().read()).others.map(({ name }) => name), names); // prettier-ignore
    await catalogue().change((now) => ({ ...now, others: now.others.slice(0, 1) }));
    assert.deepEqual((await catalogue().read()).others.map(({ name }) => name), names.slice(0, 1)); // prettier-ignore
  });

  check('a change that fails changes nothing, and others come after it', async ({ catalogue }) => {
    await catalogue().change(adding(generation('first')));
    const failure = new RangeError('not so');
    await assert.rejects(
      catalogue().change(() => {
        throw failure;
      }),
      (thrown) => thrown === failure,
    );
    assert.equal((await catalogue().read()).others.length, 1);
    await catalogue().change(adding(generation('second')));
    assert.equal((await catalogue().read()).others.length, 2);
  });

  check('changes made at the same time all count', async ({ catalogue }) => {
    const names = ['a1', 'b2', 'c3', 'd4'];
    // One that cannot wait for the others says so, and has changed nothing.
    const made = await Promise.all(
      names.map((name) =>
        catalogue()
          .change(adding(generation(name)))
          .then(
            () => [name],
            (thrown: unknown) => {
              assert.equal(thrown instanceof Error && 'code' in thrown && thrown.code, 'STORE_LOCKED');
              return [];
            },
          ),
      ),
    );
    assert.ok(made.flat().length > 0);
    assert.deepEqual((await catalogue().read()).others.map(({ name }) => name).sort(), made.flat().sort()); // prettier-ignore
  });
}
