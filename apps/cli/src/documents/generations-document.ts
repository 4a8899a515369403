import { isOutOfStep } from '@fashionmatch/domain';
import type { GenerationReport } from '@fashionmatch/pipeline';

/** The one document that `generations list` prints with `--json`. */
export function generationsDocument(reports: readonly GenerationReport[]): object {
  return {
    schema_version: 1,
    serving: reports.find(({ isServing }) => isServing)?.name ?? null,
    generations: reports.map(({ name, isServing, isBeingDropped, models, createdAt, status }) => ({
      name,
      serving: isServing,
      being_dropped: isBeingDropped,
      items: status.collections.clip.items,
      drift: isOutOfStep(status),
      collections: { clip: status.collections.clip.name, dino: status.collections.dino.name },
      models: {
        clip_model: models.clipModel,
        dino_model: models.dinoModel,
        precision: models.precision,
        resample: models.resample,
        colour: models.colour,
      },
      created_at: createdAt ?? null,
    })),
  };
}
