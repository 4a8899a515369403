import type { EmbeddingSpace } from './embedding.js';

/** An encoder, as far as its vectors must not be mixed with another's. */
export interface EncoderFingerprint {
  /** As the encoder's own id: differs whenever the same image would give another vector. */
  readonly id: string;
  readonly dimensions: number;
  /**
   * The settings, such as `models.resample`, that were others when an encoder had that id; none where it was no
   * setting. Undefined where ids tell nothing.
   */
  readonly settingsBehind?: ((otherId: string) => readonly string[]) | undefined;
}

/**
 * How vectors of another encoder can be used after all, as the end of a sentence: setting back what makes the
 * difference, where that is a setting, or one of the other ways.
 *
 * @param otherId undefined where nobody knows it.
 */
export function waysToUse(
  otherId: string | undefined,
  space: EmbeddingSpace,
  { settingsBehind }: EncoderFingerprint,
  otherWays: readonly string[],
): string {
  const settings = (otherId === undefined ? undefined : settingsBehind?.(otherId)) ?? [`models.${space}_model`];
  const ways = settings.length === 0 ? otherWays : [`set ${settings.join(' and ')} back`, ...otherWays];
  return `${ways.slice(0, -1).join(', ')}, or ${ways.at(-1) ?? ''}`;
}
