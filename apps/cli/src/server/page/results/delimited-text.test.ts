import { expect, test } from '@jest/globals';

import { delimitedText } from './delimited-text.js';

test('has a line of names, and cells that need it in quotes', () => {
  const rows = [
    { item_id: 'a', title: 'Blue, "wide"', price: 12.5, url: null },
    { item_id: 'b', title: 'two\nlines', clip_score: -0.25 },
  ];
  expect(delimitedText(rows)).toBe(
    'item_id,title,price,url,clip_score\r\na,"Blue, ""wide""",12.5,,\r\nb,"two\nlines",,,-0.25\r\n',
  );
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '|cmd', '=HYPERLINK("https://evil.example")'])(
  '%p is a text for a spreadsheet, too',
  (title) => {
    const [, line = ''] = delimitedText([{ title }]).split('\r\n');
    expect(line.replace(/^"/, '').startsWith("'")).toBe(true);
  },
);
