import {
  FashionMatchError,
  MAIN_GENERATION,
  type Generation,
  type GenerationModels,
  type Generations,
} from '@fashionmatch/domain';

import type { AppConfig } from '../config/app-config.js';
import { configSchema } from '../config/config.js';

/** Chroma's longest name, less the room for `_clip` and `_dino`. */
const LONGEST_COLLECTION_NAME = 507;

/** Gives the name of a generation's collections, without what tells the two apart. */
export type CollectionOf = (collectionName: string, generation: string) => string;

/**
 * The configuration of the generation that it asks for, or that serves: its collections, and the models that made it.
 *
 * @throws FashionMatchError `USAGE_INVALID` when there is none such, or it is being removed.
 */
export function chosenGeneration(config: AppConfig, { serving, others }: Generations, of: CollectionOf): AppConfig {
  const name = config.database.generation ?? serving;
  if (name === MAIN_GENERATION) return mainGeneration(config);
  const found = others.find((one) => one.name === name);
  if (found === undefined) {
    throw new FashionMatchError(
      'USAGE_INVALID',
      `There is no generation ${name}: make it with "fashionmatch embed --generation ${name}", or see "fashionmatch generations list".`,
    );
  }
  return ofGeneration(config, found, of);
}

/** The configuration of a generation, whatever is asked for. @throws FashionMatchError `USAGE_INVALID` */
export function ofGeneration(
  config: AppConfig,
  { name, models, isBeingDropped }: Generation,
  of: CollectionOf,
): AppConfig {
  if (isBeingDropped) {
    throw new FashionMatchError(
      'USAGE_INVALID',
      `The generation ${name} is being dropped: end that with "fashionmatch generations drop ${name}".`,
    );
  }
  return opened({ ...config, models: { ...config.models, ...checked(name, models) } }, name, of);
}

/** That of the main generation, to which the configuration's own models belong. */
export function mainGeneration(config: AppConfig): AppConfig {
  return { ...config, database: { ...config.database, openedGeneration: MAIN_GENERATION } };
}

/** What of a configuration makes a space of its own. */
export function modelsOf({ models }: AppConfig): GenerationModels {
  const { clipModel, dinoModel, precision, resample, colour } = models;
  return { clipModel, dinoModel, precision, resample, colour };
}

function opened(config: AppConfig, name: string, of: CollectionOf): AppConfig {
  const collectionName = of(config.database.collectionName, name);
  if (collectionName.length > LONGEST_COLLECTION_NAME) {
    throw new FashionMatchError(
      'CONFIG_INVALID',
      `database.collection_name leaves no room for the generation ${name}: choose a shorter name for it.`,
    );
  }
  return { ...config, database: { ...config.database, collectionName, openedGeneration: name } };
}

const settings = configSchema.shape.models.unwrap().shape;

/** A later FashionMatch may have other settings than this one knows. */
function checked(
  name: string,
  { clipModel, dinoModel, ...models }: GenerationModels,
): Pick<AppConfig['models'], keyof GenerationModels> {
  const [precision, resample, colour] = [
    settings.precision.safeParse(models.precision),
    settings.resample.safeParse(models.resample),
    settings.colour.safeParse(models.colour),
  ];
  if (precision.success && resample.success && colour.success) {
    return { clipModel, dinoModel, precision: precision.data, resample: resample.data, colour: colour.data };
  }
  throw new FashionMatchError(
    'CONFIG_INVALID',
    `The generation ${name} was made with settings that this FashionMatch does not know: upgrade it.`,
  );
}
