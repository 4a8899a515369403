import { expect, test } from '@jest/globals';

import { HeldNotes, ListingNotes } from './listing-notes.js';

test('of listings that are looked at side by side, the example is that of the first in the list', () => {
  const notes = new ListingNotes();
  const [first, second] = [new HeldNotes(notes), new HeldNotes(notes)];
  second.add('info', 'Passed over', 'b.jpg', '2');
  first.add('info', 'Passed over', 'a.jpg', '1');
  expect(notes.all()).toEqual([]);

  first.release();
  second.release();
  second.add('info', 'Passed over', 'c.jpg', '2');
  expect(notes.all()).toEqual([{ level: 'info', kind: 'Passed over', count: 3, example: 'a.jpg', itemId: '1' }]);
});
