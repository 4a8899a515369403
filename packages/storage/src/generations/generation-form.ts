import { MAIN_GENERATION, type Generations } from '@fashionmatch/domain';
import { z } from 'zod';

const text = z.string().min(1).max(4_096);

/** As it is written for other programs, too. */
export const generationsSchema = z.object({
  serving: text,
  /** The collections of the one that serves. */
  clip: text,
  dino: text,
  generations: z
    .array(
      z.object({
        name: text,
        clip_model: text,
        dino_model: text,
        precision: text,
        resample: text,
        colour: text,
        created_at: text,
        being_dropped: z.boolean(),
      }),
    )
    .max(1_000),
});

type GenerationsForm = z.output<typeof generationsSchema>;

/** The name of a generation's collections, without `_clip` and `_dino`. */
export function generationCollection(collectionName: string, generation: string): string {
  return generation === MAIN_GENERATION ? collectionName : `${collectionName}.${generation}`;
}

export function toForm({ serving, others }: Generations, collectionName: string): GenerationsForm {
  const collection = generationCollection(collectionName, serving);
  return {
    serving,
    clip: `${collection}_clip`,
    dino: `${collection}_dino`,
    generations: others.map(({ name, models, createdAt, isBeingDropped }) => ({
      name,
      clip_model: models.clipModel,
      dino_model: models.dinoModel,
      precision: models.precision,
      resample: models.resample,
      colour: models.colour,
      created_at: createdAt,
      being_dropped: isBeingDropped,
    })),
  };
}

export function fromForm({ serving, generations }: GenerationsForm): Generations {
  return {
    serving,
    others: generations.map(({ name, clip_model, dino_model, precision, resample, colour, ...rest }) => ({
      name,
      models: { clipModel: clip_model, dinoModel: dino_model, precision, resample, colour },
      createdAt: rest.created_at,
      isBeingDropped: rest.being_dropped,
    })),
  };
}
