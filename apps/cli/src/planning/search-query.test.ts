import { describe, expect, test } from '@jest/globals';

import { partWeight, pathOf, region, searchQuery, type NamedQuery } from './search-query.js';

const query = (named: Partial<NamedQuery>) => searchQuery({ paths: [], minus: [], weight: [], ...named });

describe('searchQuery', () => {
  test.each([
    [{ paths: ['a.jpg'] }, { path: 'a.jpg' }],
    [{ id: 'a' }, { id: 'a' }],
    [{ text: 'red' }, { text: 'red' }],
  ])('is one thing where one is named: %p', (named, expected) => {
    expect(query(named)).toEqual(expected);
  });

  test('is parts where several are, or one that is no file or has a weight or a region', () => {
    expect(
      query({ paths: ['a.jpg', 'b.jpg'], text: 'red', minus: ['c.jpg'], weight: [{ path: 'b.jpg', weight: 2 }] }),
    ).toEqual({
      parts: [
        { path: 'a.jpg', weight: 1 },
        { path: 'b.jpg', weight: 2 },
        { text: 'red', weight: 1 },
        { path: 'c.jpg', weight: -1 },
      ],
    });
    expect(query({ paths: ['-'] })).toEqual({ parts: [{ path: '-', weight: 1 }] });
    expect(query({ paths: ['https://a.example/b.jpg'] })).toEqual({
      parts: [{ path: 'https://a.example/b.jpg', weight: 1 }],
    });
    const part = { x: 0.25, y: 0, width: 0.5, height: 1 };
    expect(query({ paths: ['a.jpg'], region: part })).toEqual({ parts: [{ path: 'a.jpg', weight: 1, region: part }] });
  });

  test.each([
    [{}, 'Name one thing'],
    [{ paths: ['a.jpg'], id: 'a' }, 'Name one thing'],
    [{ minus: ['a.jpg'] }, 'Name one thing'],
    [{ paths: ['a.jpg'], weight: [{ path: 'b.jpg', weight: 2 }] }, '--weight names b.jpg'],
    [{ paths: ['-', '-'] }, 'Standard input has one image'],
    [{ paths: ['a.jpg', 'b.jpg'], region: { x: 0, y: 0, width: 1, height: 1 } }, '--region is a part of one photo'],
  ])('says what is not clear: %p', (named, message) => {
    expect(() => query(named)).toThrow(message);
  });
});

test('a region lies within the photo', () => {
  expect(region('0.25,0,0.5,0.6')).toEqual({ x: 0.25, y: 0, width: 0.5, height: 0.6 });
  for (const text of ['0,0,0,1', '0.5,0,0.6,1', '-0.1,0,1,1', '0,0,1', '0,0,1,1,1', 'a,b,c,d', ',,,']) {
    expect(() => region(text)).toThrow('shares of the photo');
  }
});

test('a weight is above 0 and names an image', () => {
  expect(partWeight('2:a:b.jpg', [])).toEqual([{ path: 'a:b.jpg', weight: 2 }]);
  for (const text of ['0:a.jpg', '-1:a.jpg', 'a.jpg', '2:', ':a.jpg'])
    expect(() => partWeight(text, [])).toThrow('2:photo.jpg');
});

test('a file address is the path that it means', () => {
  expect(pathOf('file:///a/b%20c.jpg')).toBe('/a/b c.jpg');
  expect(pathOf('a.jpg')).toBe('a.jpg');
  expect(() => pathOf('file://elsewhere/a.jpg')).toThrow('names no file of this machine');
});
