import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { openBatch, type OpenBatchOptions } from '../scraped-batch-folder.js';
import { csvRecords } from './csv-records.js';
import { decodedText } from './decoded-text.js';
import { listBatches } from './find-batches.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'listing-readers-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, content: string | Uint8Array = ''): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

/** `id title` of what can be used, `id: reason` of what cannot, after what the file is read as. */
async function read(
  name: string,
  content: string | Uint8Array,
  options: Partial<OpenBatchOptions> = {},
): Promise<string[]> {
  const path = await write(name, content);
  const batch = await openBatch(path, { within: [folder], maxBytes: 64 * 2 ** 20, ...options });
  if (batch === undefined) return ['no listings'];
  const lines: string[] = [batch.format];
  for await (const listing of batch.listings) {
    lines.push(
      listing.kind === 'good'
        ? `${listing.listing.itemId} ${listing.listing.title}`
        : `${listing.itemId}: ${listing.error.message}`,
    );
  }
  return lines;
}

const item = (id: unknown, more: object = {}): object => ({ id, title: `T ${String(id)}`, price: 1, ...more });

describe('JSON', () => {
  test.each<[string, unknown]>([
    ['a list', [item('1')]],
    ['items', { items: [item('1')], page: 1 }],
    ['another usual key', { total: 1, products: [item('1')] }],
    ['a key that nobody knows', { meta: { n: 1 }, wardrobe: [item('1')] }],
    ['a key in a key', { data: { products: [item('1')] } }],
    ['edges with nodes', { data: { products: { edges: [{ cursor: 'x', node: item('1') }] } } }],
    ['hits of a search', { took: 1, hits: { total: 1, hits: [{ _index: 'x', _source: item('1') }] } }],
    ['a map', { 1: { title: 'T 1', price: 2 } }],
    ['a single one', item('1')],
    ['a single one in an object', { item: item('1'), code: 0 }],
    ['a map of an object', { batch_id: 'b', items: { 1: { title: 'T 1', price: 2 } } }],
    ['a map with other ids in it', { 'https://x/1': { product_id: '1', title: 'T 1', price: 2 } }],
    ['pages', [{ page: 1, items: [item('1')] }]],
    ['the state of a page', { props: { pageProps: { products: [item('1')] } }, page: '/' }],
    ['parts beside ids', { data: [{ id: '1', type: 'dress', attributes: { title: 'T 1', price: 2 } }] }],
    ['columns, as pandas has them', { id: { 0: '1' }, title: { 0: 'T 1' }, price: { 0: 2 } }],
    ['columns and data', { columns: ['id', 'title', 'price'], index: [0], data: [['1', 'T 1', 2]] }],
    ['ids in objects', [item({ $oid: '1' }, { title: 'T 1' })]],
  ])('listings in %s', async (_, content) => {
    expect(await read('shop.json', JSON.stringify(content))).toEqual(['JSON', '1 T 1']);
  });

  test.each<[string, unknown]>([
    ['cookies', [{ name: 'session', value: 'x', domain: '.example.com', path: '/' }]],
    ['progress', { page: 3, url: 'https://x.example', timestamp: 1 }],
    ['where a scraper is', { page: 3, last: { id: 1, title: 'x', url: 'https://x.example' } }],
    ['purchases', [{ article_id: 1, customer_id: 2, price: 2 }]],
    ['images alone', { images: ['https://x.example/1.jpg'], page: 1 }],
    ['numbers', [1, 2]],
    ['nothing', {}],
    ['a text', 'items'],
    ['null', null],
  ])('%s are no listings', async (_, content) => {
    expect(await read('other.json', JSON.stringify(content))).toEqual(['no listings']);
  });

  test('NaN and Infinity are nothing, and long numbers keep their digits', async () => {
    const text =
      '[{"id": 9007199254740993, "title": "NaN, -Infinity", "price": NaN, "brand": -Infinity, "size": [Infinity,NaN]}, {"id":-12345678901234567890,"title":"b","price":1.2345678901234567}]';
    expect(await read('shop.json', text)).toEqual([
      'JSON',
      '9007199254740993 NaN, -Infinity',
      '-12345678901234567890 b',
    ]);
  });

  test('in Latin-1, UTF-16, and with a byte order mark', async () => {
    const text = JSON.stringify([item('1', { title: 'Été' })]);
    expect(await read('a.json', `\ufeff${text}`)).toEqual(['JSON', '1 Été']);
    expect(await read('b.json', Buffer.from(`\ufeff${text}`, 'utf16le'))).toEqual(['JSON', '1 Été']);
    expect(await read('c.json', Buffer.from(text, 'latin1'))).toEqual(['JSON', '1 Été']);
  });

  test.each<[string, string | Uint8Array, RegExp]>([
    ['nothing', '', /empty/],
    ['half a file', '{"items": [{"item_id": "1", ', /no valid JSON/],
    ['a word', '[nan]', /no valid JSON/],
    ['brackets without end', '['.repeat(5_000_000), /nests deeper/],
    ['lists in lists', `${'['.repeat(33)}${']'.repeat(33)}`, /nests deeper/],
    ['more objects than any batch has', `[${'{},'.repeat(2_000_000)}{}]`, /more than 2000000/],
  ])('refuses %s', async (_, content, reason) => {
    await expect(read('shop.json', content)).rejects.toMatchObject({
      code: 'BATCH_INVALID',
      message: expect.stringMatching(reason),
    });
  });

  test('brackets in texts are texts', async () => {
    expect(await read('shop.json', JSON.stringify([item('1', { description: `${'['.repeat(100)}"\\` })]))).toEqual([
      'JSON',
      '1 T 1',
    ]);
  });

  test('takes nothing from the prototype', async () => {
    const text =
      '[{"__proto__": {"title": "x", "polluted": true}, "constructor": {"prototype": {}}, "id": 1, "price": 2}]';
    expect(await read('shop.json', text)).toEqual(['JSON', '1 1']);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('JSON Lines', () => {
  test.each(['shop.jsonl', 'shop.ndjson', 'shop.jl', 'shop.json'])('%s', async (name) => {
    const lines = [item('1'), item('2')].map((line) => JSON.stringify(line));
    expect(await read(name, `${lines.join('\r\n')}\r\n\r\n`)).toEqual(['JSON Lines', '1 T 1', '2 T 2']);
  });

  test('a line that is cut or longer than any listing costs only itself', async () => {
    const long = JSON.stringify(item('long', { description: 'x'.repeat(2 ** 20) }));
    const text = [
      JSON.stringify(item('1')),
      '{"id": "2", ',
      long,
      JSON.stringify(item('3', { price: 'NaN' })),
      '{"id": 4',
    ].join('\n');
    expect(await read('shop.jsonl', text)).toEqual([
      'JSON Lines',
      '1 T 1',
      expect.stringMatching(/^shop\[1\]: the line is no valid JSON: /),
      'shop[2]: the line is longer than a listing can be',
      '3 T 3',
      expect.stringMatching(/^shop\[4\]: the line is no valid JSON: /),
    ]);
  });

  test.each<[string, object]>([
    ['what is wrapped', { _index: 'x', _id: 'y', _source: item('1') }],
    ['pages', { page: 1, items: [item('1')] }],
  ])('of %s', async (_, line) => {
    expect(await read('shop.jsonl', JSON.stringify(line))).toEqual(['JSON Lines', '1 T 1']);
  });

  test('a log is no listing', async () => {
    expect(await read('log.jsonl', '{"level":30,"time":1,"msg":"x"}\n{"level":30,"time":2,"msg":"y"}\n')).toEqual([
      'no listings',
    ]);
  });
});

describe('tables', () => {
  test('may call their columns as objects call what they have', async () => {
    const text = 'id,title,constructor,__proto__,toString\n1,T 1,a,b,c\n';
    const path = await write('shop.csv', text);
    const { records } = csvRecords(text, decodedText(path, [folder]).texts);
    for await (const record of records)
      expect(Object.entries(Object(record))).toEqual([
        ['id', '1'],
        ['title', 'T 1'],
        ['constructor', 'a'],
        ['__proto__', 'b'],
        ['toString', 'c'],
      ]);
    expect(await read('shop.csv', text)).toEqual(['CSV', '1 T 1']);
  });

  test.each<[string, string, string | Uint8Array]>([
    ['commas', 'CSV', 'id,title,price\n1,"Dress, blue",2\n2,"a ""b""\nc",3\n'],
    ['semicolons', 'CSV', 'id;title;price\r\n1;Dress, blue;2,50\r\n2;"a ""b""\r\nc";3\r\n'],
    ['tabs', 'TSV', '\ufeffid\ttitle\tprice\n1\tDress, blue\t2\n2\t"a ""b""\nc"\t3'],
    ['pipes', 'CSV', '"id"|"title"|"price"\n1|Dress, blue|2\n\n2|"a ""b""\nc"|3\n'],
  ])('with %s', async (_, format, content) => {
    expect((await read('shop.csv', content)).map((line) => line.replace('\r', ''))).toEqual([
      format,
      '1 Dress, blue',
      '2 a "b"\nc',
    ]);
  });

  test('in UTF-16 and in Latin-1', async () => {
    const text = 'id;title;price\n1;Été à 5 €;5\n';
    expect(await read('a.csv', Buffer.from(`\ufeff${text}`, 'utf16le'))).toEqual(['CSV', '1 Été à 5 €']);
    expect(await read('b.csv', Buffer.from(text.replaceAll('€', 'EUR'), 'latin1'))).toEqual(['CSV', '1 Été à 5 EUR']);
    const late = `id;title;price\n${'1;plain;2\n'.repeat(20_000)}2;Été;3\n`;
    expect((await read('c.csv', Buffer.from(late, 'latin1'))).at(-1)).toBe('2 Été');
  });

  test('a surplus of values is the rest of the last column, and a lack of them is nothing', async () => {
    expect(await read('styles.csv', 'id,price,title\n1,2,Shirt, blue, checked\n2\n')).toEqual([
      'CSV',
      '1 Shirt, blue, checked',
      '2 2',
    ]);
  });

  test('with hostile names of columns', async () => {
    expect(await read('shop.csv', '__proto__,id,title,constructor,id\n{"x":1},1,T,c,9\n')).toEqual(['CSV', '1 T']);
    expect({}).not.toHaveProperty('x');
  });

  test('a quotation mark that nobody closes ends the table, after what comes before it', async () => {
    expect(await read('a.csv', 'id,title\n1,T\n2,"open\n3,T\n')).toEqual([
      'CSV',
      '1 T',
      expect.stringMatching(/^a\[1…\]: the file breaks off inside of quotation marks/),
    ]);
    expect(await read('b.csv', `id,title\n1,T\n2,"${'x'.repeat(3 * 2 ** 20)}\n`)).toEqual([
      'CSV',
      '1 T',
      expect.stringMatching(/^b\[1…\]: a row has no end/),
    ]);
  });

  test.each<[string, string]>([
    ['what spreadsheets say of the delimiter', 'sep=;\r\nid;title;price\r\n1;T, 1;2\r\n'],
    ['empty lines', '\n\nid,title,price\n1,"T, 1",2\n'],
    ['comments', '# Required | an id,# Required,# Required\nid,title,price\n1,"T, 1",2\n'],
  ])('%s may stand before the names of columns', async (_, text) => {
    expect(await read('shop.csv', text)).toEqual(['CSV', '1 T, 1']);
  });

  test.each<[string, string]>([
    ['purchases', 't_dat,customer_id,article_id,price\n2018-09-20,a,0108775010,0.05\n'],
    ['images and their addresses', 'filename,link\n1.jpg,https://x.example/1.jpg\n'],
  ])('of %s are no listings', async (_, text) => {
    expect(await read('other.csv', text)).toEqual(['no listings']);
  });

  test('of something else are no listings', async () => {
    expect(await read('log.csv', 'time,level,message\n1,info,x\n')).toEqual(['no listings']);
    await expect(read('wide.csv', `${'a,'.repeat(2_000)}b\n`)).rejects.toMatchObject({ code: 'BATCH_INVALID' });
  });

  test("a mapping of the user's own says what the columns are", async () => {
    const mapping = { name: 'own', columns: { item_id: ['Nr.'], title: ['Bezeichnung'] } };
    expect(await read('lager.dat', 'Nr.;Bezeichnung;Fach\n7;Kleid;A\n', { mappingFor: () => mapping })).toEqual([
      'CSV',
      '7 Kleid',
    ]);
  });

  test('rows of a shop that go on with the thing before are one', async () => {
    const text =
      'Handle,Title,Body (HTML),Variant Price,Image Src\na,A,,1,https://x/1.jpg\na,,,2,https://x/2.jpg\nb,B,,3,\nb,,,3,https://x/3.jpg\n';
    const path = await write('products.csv', text);
    const batch = await openBatch(path, { within: undefined, maxBytes: 1e6 });
    const listings: unknown[] = [];
    for await (const listing of batch?.listings ?? [])
      listings.push(listing.kind === 'good' && [listing.listing.price, listing.listing.imageUrls]);
    expect(listings).toEqual([
      [1, ['https://x/1.jpg', 'https://x/2.jpg']],
      [3, ['https://x/3.jpg']],
    ]);
  });
});

describe('feeds', () => {
  test("RSS with Google's names, and Atom", async () => {
    const rss =
      '<rss xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title><item><title>T 1</title><g:title>other</g:title><g:id>1</g:id><g:image_link>https://x/1.jpg</g:image_link><link>https://x/1</link><description><![CDATA[<p>a & b</p>]]></description></item></channel></rss>';
    expect(await read('feed.xml', rss)).toEqual(['feed', '1 T 1']);
    const atom =
      '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title type="text">T 1</title><link rel="alternate" href="https://x/1"/></entry></feed>';
    expect(await read('shop.atom', atom)).toEqual(['feed', '1 T 1']);
  });

  test('in capitals, and with lists as Scrapy writes them', async () => {
    expect(
      await read('a.xml', '<SHOP><SHOPITEM><ITEM_ID>1</ITEM_ID><PRODUCTNAME>T 1</PRODUCTNAME></SHOPITEM></SHOP>'),
    ).toEqual(['feed', '1 T 1']);
    const values = '<images><value><path>full/a.jpg</path></value><value><path>full/b.jpg</path></value></images>';
    const path = await write('b.xml', `<items><item><id>1</id><title>T 1</title>${values}</item></items>`);
    const batch = await openBatch(path, { within: undefined, maxBytes: 1e6 });
    for await (const listing of batch?.listings ?? [])
      expect(listing).toMatchObject({ listing: { localImagePaths: ['full/a.jpg', 'full/b.jpg'] } });
  });

  test('in the encoding that it names', async () => {
    const text = '<?xml version="1.0" encoding="ISO-8859-1"?><rss><item><id>1</id><title>Été</title></item></rss>';
    expect(await read('feed.xml', Buffer.from(text, 'latin1'))).toEqual(['feed', '1 Été']);
    await expect(read('a.xml', text.replace('ISO-8859-1', 'no-such'))).resolves.toEqual([
      'feed',
      expect.stringMatching(/encoding that is not known: no-such/),
    ]);
  });

  test('declares nothing: entities are left as they are', async () => {
    const lol = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>';
    expect(
      await read('feed.xml', `${lol}<rss><item><id>1</id><title>&b; &x; &amp; &#233; &nbsp;</title></item></rss>`),
    ).toEqual(['feed', '1 &b; &x; & é &nbsp;']);
  });

  test.each([
    ['that breaks off', '<item><id>2</id>', /no valid XML/],
    ['that nests without end', '<item>'.repeat(40), /nests deeper/],
    ['with more elements than an item has', `<item>${'<a>x</a>'.repeat(10_001)}</item>`, /more elements/],
    ['with more text than an item has', `<item><title>${'x'.repeat(2 ** 20 + 70_000)}`, /more characters/],
  ])('%s ends after what comes before', async (_, rest, reason) => {
    const lines = await read('feed.xml', `<rss><item><id>1</id><title>T 1</title></item>${rest}`);
    expect(lines).toEqual(['feed', '1 T 1', expect.stringMatching(reason)]);
  });
});

describe('where batches are looked for', () => {
  const found = async (): Promise<string[]> => (await listBatches(folder)).map((path) => path.slice(folder.length + 1));

  test('in files of every kind, and in folders however they are named', async () => {
    for (const name of [
      'shop/products.json',
      'shop/images/x.json',
      'deep/er/one/item.json',
      'deep/er/two/item.json',
      'kaggle/styles.csv',
      'kaggle/styles/1.json',
      'feed.xml',
      'list.jsonl',
      'empty/readme.md',
      '.hidden/batch.json',
      'scraper/items/1.json',
      'batch_old/table.tsv',
    ]) {
      await write(name, '{}');
    }
    await write('merchant.txt', 'id\ttitle\n1\tT\n');
    await write('notes.txt', 'to do\n');
    expect(await found()).toEqual([
      'shop/products.json',
      'scraper',
      'batch_old/table.tsv',
      'merchant.txt',
      'list.jsonl',
      'kaggle/styles.csv',
      'feed.xml',
      'deep/er/two',
      'deep/er/one',
    ]);
  });

  test('a folder called items is one when it has listings in it; beside a batch nothing is listed', async () => {
    await write('shop/items/dresses.csv', 'id,title\n1,T\n');
    await write('shop/readme.pdf');
    await write('batch_1/batch.json', '[]');
    await write('batch_1/all.csv', 'id,title\n1,T\n');
    await write('batch_1/images/1/0.jpg');
    await write('photos/1.jpg');
    const leftOut: string[] = [];
    const paths = await listBatches(folder, { onLeftOut: ({ path }) => leftOut.push(path.slice(folder.length + 1)) });
    expect(paths.map((path) => path.slice(folder.length + 1))).toEqual(['shop/items/dresses.csv', 'batch_1']);
    expect(leftOut.sort()).toEqual(['batch_1/all.csv', 'batch_1/images', 'photos', 'shop/readme.pdf']);
  });

  test('not beyond links that lead out or in a circle', async () => {
    await write('shop/products.json', '[]');
    await symlink(folder, join(folder, 'shop', 'circle'));
    await symlink('/etc', join(folder, 'outside'));
    expect(await found()).toEqual(['shop/products.json']);
  });

  test('the folder itself may be one', async () => {
    await write('batch.json', '[]');
    await write('images/1/0.jpg');
    expect(await found()).toEqual(['']);
  });
});
