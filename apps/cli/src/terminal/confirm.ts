import { createInterface } from 'node:readline/promises';

import { FashionMatchError } from '@fashionmatch/domain';

import type { CommonOptions } from '../declaration/common-options.js';
import type { Terminal } from './terminal.js';

/**
 * Asks to type `yes` before something that cannot be undone.
 *
 * @throws FashionMatchError `USAGE_INVALID` when the answer is another one, or nobody may be asked.
 */
export async function confirm(warning: string, options: CommonOptions, terminal: Terminal): Promise<void> {
  if (options.yes) return;
  if (!options.input) {
    throw new FashionMatchError('USAGE_INVALID', `${warning} That needs a confirmation: add --yes.`);
  }
  const prompt = createInterface({ input: terminal.stdin, output: terminal.stderr });
  try {
    // A closed input never answers the question; its end is an answer too.
    const ended = new Promise<string>((resolve) => {
      prompt.once('close', () => {
        resolve('');
      });
    });
    const answer = await Promise.race([prompt.question(`${warning} Type yes to go on: `), ended]);
    if (answer.trim() === 'yes') return;
  } finally {
    prompt.close();
  }
  throw new FashionMatchError('USAGE_INVALID', 'Not confirmed: nothing was changed.');
}
