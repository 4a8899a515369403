import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { writeSampleData } from './sample-data/write-sample-data.js';
import { COMMAND_LINE } from './end-to-end/running/fashionmatch-process.js';

/** The first result that a newcomer sees: draws a wardrobe, embeds it, and finds look-alikes of one shirt. */
const FOLDER = 'data/demo';
const SOME_ITEMS_FAILED = 3;

function say(text: string): void {
  process.stdout.write(`\n${text}\n\n`);
}

function fashionmatch(...args: readonly string[]): number {
  process.stdout.write(`$ npx fashionmatch ${args.join(' ')}\n`);
  const { status } = spawnSync(process.execPath, [COMMAND_LINE, ...args], { stdio: 'inherit' });
  return status ?? 1;
}

function expectExit(actual: number, expected: number): void {
  if (actual === expected) return;
  process.stderr.write(`The demo expected exit code ${String(expected)}, but got ${String(actual)}.\n`);
  process.exit(1);
}

const sample = await writeSampleData(FOLDER);
say(
  `Drew ${String(sample.references)} reference photographs and a batch of ${String(sample.listings)} listings in ${FOLDER}. ` +
    `${String(sample.broken.length)} of the photographs are broken on purpose.`,
);

expectExit(
  fashionmatch('embed', '--config', 'config/demo.yaml', '--log-level', 'warn', '--log-format', 'pretty'),
  SOME_ITEMS_FAILED,
);
say(
  'Exit code 3: everything is stored but the broken files, which are named above with the reason. Run the demo again and the rest is skipped.',
);

const query = join(sample.referencesDirectory, 'navy-striped-t-shirt.png');
expectExit(fashionmatch('search', query, '--config', 'config/demo.yaml', '--top-k', '5'), 0);
say(
  'The first one is the photograph itself; the others are its look-alikes. Your own photographs: see "Your own photographs" in README.md.',
);
