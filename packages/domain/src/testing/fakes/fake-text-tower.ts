import { normalise } from '../../embedding.js';
import { FashionMatchError } from '../../errors.js';
import type { EncoderModel } from '../../ports/image-encoder.js';
import type { TextTower } from '../../ports/text-tower.js';

/** Counts how often each character occurs: deterministic, free of models, and blind to order. */
export class FakeTextTower implements TextTower {
  readonly id: string;
  readonly dimensions: number;
  readonly model: EncoderModel;

  constructor(dimensions: number) {
    this.id = `fake-text-${String(dimensions)}`;
    this.dimensions = dimensions;
    this.model = { name: this.id, sha256: '0'.repeat(64), precision: 'fp32', device: 'cpu' };
  }

  encode(texts: readonly string[]): Promise<Float32Array[]> {
    if (texts.some((text) => text.trim() === '')) {
      return Promise.reject(new FashionMatchError('USAGE_INVALID', 'The text says nothing: name what to look for.'));
    }
    return Promise.resolve(
      texts.map((text) => {
        const counts = new Float32Array(this.dimensions);
        for (const character of text.toLowerCase()) {
          const at = (character.codePointAt(0) ?? 0) % this.dimensions;
          counts[at] = (counts[at] ?? 0) + 1;
        }
        return normalise(counts);
      }),
    );
  }
}
