import {
  FashionMatchError,
  isOutOfStep,
  MAIN_GENERATION,
  type Generation,
  type GenerationCatalogue,
  type GenerationModels,
  type Generations,
  type Logger,
  type StoreStatus,
} from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';
import { purgeJournal } from '../embedding/purge-journal.js';
import { mainGeneration, modelsOf, ofGeneration } from '../generations/generation-config.js';
import { SILENT_LOGGER } from '../silent.js';
import { removeNotes } from './notes/store-note.js';

export interface GenerationOptions {
  /** Says nothing when not given. */
  readonly logger?: Logger | undefined;
}

/** A generation, and what is in it. */
export interface GenerationReport {
  readonly name: string;
  readonly isServing: boolean;
  readonly isBeingDropped: boolean;
  readonly models: GenerationModels;
  /** ISO 8601 in UTC; undefined for the main one. */
  readonly createdAt: string | undefined;
  readonly status: StoreStatus;
}

/**
 * The configuration of the generation that it asks for, or that serves: with its collections, and the models that made
 * it. Whatever opens a store does this by itself.
 *
 * @throws FashionMatchError `USAGE_INVALID` when there is no such generation; VectorStoreError when it cannot be told.
 */
export async function resolveGeneration(
  config: AppConfig,
  { logger = SILENT_LOGGER }: GenerationOptions = {},
): Promise<AppConfig> {
  const { openedGeneration } = await import('../container/opened-generation.js');
  return openedGeneration(config, { logger });
}

/** All generations of the store that the configuration names, the main one first. Creates nothing. */
export async function listGenerations(
  config: AppConfig,
  { logger = SILENT_LOGGER }: GenerationOptions = {},
): Promise<GenerationReport[]> {
  const { serving, others } = await (await catalogueOf(config, logger)).read();
  const reports: GenerationReport[] = [];
  for (const one of [mainOf(config), ...others]) {
    const status = await statusOf(await configOf(config, { ...one, isBeingDropped: false }), logger);
    const { name, isBeingDropped, models } = one;
    const createdAt = one.createdAt === '' ? undefined : one.createdAt;
    reports.push({ name, isServing: name === serving, isBeingDropped, models, createdAt, status });
  }
  return reports;
}

/**
 * The configuration for a run that writes a generation, which need not be there yet; {@link beginGeneration} makes it
 * known then. Changes nothing.
 *
 * @param chosen what the caller asks for besides, of which nothing may be other than what the generation was made with.
 * @throws FashionMatchError `USAGE_INVALID` when it may.
 */
export async function planGeneration(
  config: AppConfig,
  name: string,
  chosen: Partial<GenerationModels> = {},
  { logger = SILENT_LOGGER }: GenerationOptions = {},
): Promise<AppConfig> {
  if (name === MAIN_GENERATION) return mainGeneration(config);
  const { others } = await (await catalogueOf(config, logger)).read();
  const found = others.find((one) => one.name === name);
  const models = found?.models ?? { ...modelsOf(config), ...chosen };
  const different = entriesOf(chosen).find(([key, value]) => models[key] !== value);
  if (different) {
    throw new FashionMatchError(
      'USAGE_INVALID',
      `The generation ${name} was made with ${models[different[0]]}, not ${different[1]}: choose another name, or drop it first.`,
    );
  }
  return configOf(config, found ?? { name, models, createdAt: '', isBeingDropped: false });
}

/**
 * Makes a generation known. One that is known already stays as it is.
 *
 * @param config as given to {@link planGeneration}.
 * @param planned what that gave.
 */
export async function beginGeneration(
  config: AppConfig,
  planned: AppConfig,
  { logger = SILENT_LOGGER }: GenerationOptions = {},
): Promise<void> {
  const name = planned.database.openedGeneration;
  if (name === undefined || name === MAIN_GENERATION) return;
  const added = { name, models: modelsOf(planned), createdAt: new Date().toISOString(), isBeingDropped: false };
  const catalogue = await catalogueOf(config, logger);
  if ((await catalogue.read()).others.some((one) => one.name === name)) return;
  await catalogue.change((now) =>
    now.others.some((one) => one.name === name) ? now : { ...now, others: [...now.others, added] },
  );
}

/**
 * Makes a generation serve: in one step, for all who open the store from then on.
 *
 * @returns which one served until then.
 * @throws FashionMatchError `USAGE_INVALID` when there is none such, it is empty, or its two collections are out of step.
 */
export async function useGeneration(
  config: AppConfig,
  name: string,
  { logger = SILENT_LOGGER }: GenerationOptions = {},
): Promise<string> {
  const catalogue = await catalogueOf(config, logger);
  const chosen = await configOf(config, requireKnown(await catalogue.read(), name, config));
  requireFit(name, await statusOf(chosen, logger));
  let before = name;
  await catalogue.change((now) => {
    // It may have gone since.
    const known = requireKnown(now, name, config);
    if (known.isBeingDropped) throw new FashionMatchError('USAGE_INVALID', `The generation ${name} is being dropped.`);
    before = now.serving;
    return { ...now, serving: name };
  });
  return before;
}

/**
 * Removes a generation that does not serve: first from what can be opened, then its collections and what the journal
 * knows of its items, at last its name. What is cut short is ended by the next time.
 *
 * @throws FashionMatchError `USAGE_INVALID` when there is none such, or it serves; VectorStoreError `STORE_LOCKED` when
 *   somebody writes to the store.
 */
export async function dropGeneration(
  config: AppConfig,
  name: string,
  { logger = SILENT_LOGGER }: GenerationOptions = {},
): Promise<void> {
  const { storeEngine } = await import('../container/store-engine.js');
  const catalogue = await catalogueOf(config, logger);
  const known = requireKnown(await catalogue.read(), name, config);
  const chosen = await configOf(config, { ...known, isBeingDropped: false });
  await using engine = storeEngine(chosen, { access: 'write', logger });
  // Whoever cannot have the store for itself changes nothing.
  await engine.exists();
  await catalogue.change((now) => {
    requireKnown(now, name, config);
    if (now.serving === name) {
      throw new FashionMatchError(
        'USAGE_INVALID',
        `The generation ${name} serves: make another one serve first, with "fashionmatch generations use".`,
      );
    }
    return { ...now, others: now.others.map((one) => (one.name === name ? { ...one, isBeingDropped: true } : one)) };
  });
  await engine.drop();
  const journal = await engine.journal();
  if (journal) await purgeJournal(journal);
  await removeNotes(chosen);
  await catalogue.change((now) => ({ ...now, others: now.others.filter((one) => one.name !== name) }));
}

async function catalogueOf(config: AppConfig, logger: Logger): Promise<GenerationCatalogue> {
  const { generationCatalogue } = await import('../container/store-engine.js');
  return generationCatalogue(config, { logger });
}

/** As if it were one of the others. */
function mainOf(config: AppConfig): Generation {
  return { name: MAIN_GENERATION, models: modelsOf(config), createdAt: '', isBeingDropped: false };
}

function requireKnown({ others }: Generations, name: string, config: AppConfig): Generation {
  const found = name === MAIN_GENERATION ? mainOf(config) : others.find((one) => one.name === name);
  if (found) return found;
  throw new FashionMatchError(
    'USAGE_INVALID',
    `There is no generation ${name}: "fashionmatch generations list" names those there are.`,
  );
}

function requireFit(name: string, status: StoreStatus): void {
  const { clip, dino } = status.collections;
  const verify = `see "fashionmatch verify --generation ${name} --repair"`;
  if (isOutOfStep(status)) {
    throw new FashionMatchError(
      'USAGE_INVALID',
      `The two collections of the generation ${name} are out of step: ${verify}.`,
    );
  }
  if (clip.items === 0 || dino.items === 0) {
    throw new FashionMatchError(
      'USAGE_INVALID',
      `Nothing is stored in the generation ${name} yet: run "fashionmatch embed --generation ${name}" first.`,
    );
  }
}

async function configOf(config: AppConfig, generation: Generation): Promise<AppConfig> {
  if (generation.name === MAIN_GENERATION) return mainGeneration(config);
  const { generationCollection } = await import('../container/store-engine.js');
  return ofGeneration(config, generation, generationCollection);
}

async function statusOf(config: AppConfig, logger: Logger): Promise<StoreStatus> {
  const { storeEngine } = await import('../container/store-engine.js');
  await using engine = storeEngine(config, { access: 'read', logger });
  return await engine.status();
}

function entriesOf(chosen: Partial<GenerationModels>): [keyof GenerationModels, string][] {
  const keys = ['clipModel', 'dinoModel', 'precision', 'resample', 'colour'] as const;
  return keys.flatMap((key) => (chosen[key] === undefined ? [] : [[key, chosen[key]]]));
}
