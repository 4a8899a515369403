import { fault, fine, type Finding } from './finding.js';

/** A model whose files were looked at. */
export interface InspectedModel {
  readonly name: string;
  readonly kind: 'hub' | 'folder' | 'builtin';
  readonly precision: string;
  readonly files: readonly {
    readonly path: string;
    readonly size?: number | undefined;
    readonly neededFor: 'images' | 'texts';
    readonly state: 'present' | 'missing' | 'corrupt';
  }[];
}

const NEXT_STEPS = {
  hub: 'Run `fashionmatch models pull`, or configure the built-in encoders.',
  folder: 'Copy it from where the model came from, or configure the built-in encoders.',
  builtin: 'Install FashionMatch again.',
} as const;

/** Whether the files of the configured models are here, and are what they should be; reads every byte of them. */
export async function* modelFindings(inspectModels: () => Promise<readonly InspectedModel[]>): AsyncGenerator<Finding> {
  try {
    for (const { name, kind, precision, files } of await inspectModels()) {
      const needed = files.filter(({ neededFor, state }) => neededFor === 'images' || state === 'corrupt');
      const wrong = needed.find(({ state }) => state !== 'present');
      const bytes = needed.reduce((sum, { size = 0 }) => sum + size, 0);
      if (wrong === undefined) {
        yield fine('model files', `${name} (${precision}): ${(bytes / 1e6).toFixed(1)} MB, content verified`);
        continue;
      }
      const what = wrong.state === 'missing' ? 'is not on this machine' : 'has the wrong content';
      yield {
        part: 'model files',
        status: 'error',
        message: `${name} (${precision}): ${wrong.path} ${what}`,
        nextStep: NEXT_STEPS[kind],
        code: wrong.state === 'missing' ? 'MODEL_MISSING' : 'MODEL_INVALID',
      };
    }
  } catch (thrown) {
    yield fault('model files', thrown);
  }
}
