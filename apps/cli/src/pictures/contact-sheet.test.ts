import { ItemError, type EmbeddedItem } from '@fashionmatch/domain';
import { InMemoryVectorStore, sampleItem } from '@fashionmatch/domain/testing';
import type { SearchResult } from '@fashionmatch/pipeline';
import { expect, test } from '@jest/globals';
import headless from '@xterm/headless';
import stringWidth from 'string-width';

import { contactSheet } from './contact-sheet.js';
import { pictureWriter, PLACE, type PictureWriter } from './picture-writer.js';

const DIMENSIONS = { clip: 4, dino: 4 };
const COLUMNS = 60;
const ROWS = 24;

const items = Array.from({ length: 30 }, (_, i) => sampleItem(`item-${String(i)}`, DIMENSIONS));

function hitOf({ item, provenance }: EmbeddedItem, index: number): SearchResult {
  const { contentSha256 } = provenance;
  return { itemId: item.itemId, contentSha256, similarityScore: 1 - index / 100, clipScore: 1, dinoScore: 1, item };
}

/** Its picture stands in letters in the text, so that a terminal without pictures shows where it is. */
const letters: PictureWriter = {
  square: { edge: 4, format: 'png' },
  write: () => Array.from({ length: PLACE.lines }, () => `${'x'.repeat(PLACE.columns)}\u001b[13D\u001b[B`).join(''),
};

async function sheetOf(count: number, writer = letters, room?: number, message = 'the file does not exist') {
  const store = new InMemoryVectorStore(DIMENSIONS);
  await store.upsert(items);
  const thumbnails = {
    ofItem: ({ provenance: { filePath } }: Pick<EmbeddedItem, 'provenance'>) =>
      filePath.includes('/item-1/')
        ? Promise.reject(new ItemError('IMAGE_MISSING', message))
        : Promise.resolve(new Uint8Array(writer.square.edge ** 2 * 4).fill(200)),
  };
  return contactSheet(items.slice(0, count).map(hitOf), { store, thumbnails }, writer, room);
}

/** What a terminal shows in the end, after as many lines as were there before. */
async function screen(text: string, linesBefore = 0): Promise<string[]> {
  const terminal = new headless.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true, convertEol: true });
  const before = Array.from({ length: linesBefore }, (_, i) => `before ${String(i)}\n`).join('');
  await new Promise<void>((resolve) => {
    terminal.write(before + text, resolve);
  });
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, i) => active.getLine(i)?.translateToString(true) ?? '');
  return lines.slice(linesBefore, active.baseY + active.cursorY + 1);
}

test.each([0, 5, 23, 100])(
  'pictures stand side by side above their captions, %i lines down the terminal',
  async (down) => {
    const shown = await screen(await sheetOf(5, letters, COLUMNS), down);
    const row = `${'x'.repeat(13)} no picture    ${'x'.repeat(13)} ${'x'.repeat(13)}`;
    expect(shown.slice(0, 7)).toEqual([
      row,
      ...Array.from({ length: 5 }, () => row.replace('no picture', ' '.repeat(10))),
      '#1 1.000      #2 0.990      #3 0.980      #4 0.970',
    ]);
    expect(shown.slice(7)).toEqual([
      '',
      ...Array.from({ length: 6 }, () => 'x'.repeat(13)),
      '#5 0.960',
      'No picture of #2: the file does not exist.',
      '',
      '',
    ]);
  },
);

test.each(['kitty', 'iterm2', 'sixel'] as const)('nothing of a picture is left in the text: %s', async (protocol) => {
  const [first, ...more] = await screen(await sheetOf(3, pictureWriter(protocol), COLUMNS));
  expect(first).toBe('              no picture');
  expect(more.filter((line) => line !== '')).toEqual([
    '#1 1.000      #2 0.990      #3 0.980',
    'No picture of #2: the file does not exist.',
  ]);
});

test.each([
  [60, 4],
  [80, 5],
  [83, 6],
  [9, 1],
])('in %i columns are %i pictures side by side', async (room, perRow) => {
  const captions = (await sheetOf(20, letters, room)).split('\n').filter((line) => line.includes('#1 1.000'));
  expect(captions[0]?.match(/#\d+/g)).toHaveLength(perRow);
  if (room > 13) expect(stringWidth(captions[0]?.replace(/^.*\r/s, '') ?? '')).toBeLessThanOrEqual(room);
});

test('is of bounded length, and says what it leaves out', async () => {
  const sheet = await sheetOf(30);
  expect(sheet.match(/#20 /g)).toHaveLength(1);
  expect(sheet).not.toContain('#21 ');
  expect(sheet).toContain('\nThe pictures of 10 more are left out: --html shows them.\n');
});

test('a reason is printable, whatever is in it', async () => {
  expect(await sheetOf(3, letters, COLUMNS, 'no \u001b]1337;File=:\u0007')).toContain(
    'No picture of #2: no �]1337;File=:�.\n',
  );
});
