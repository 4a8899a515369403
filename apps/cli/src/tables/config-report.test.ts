import { expect, test } from '@jest/globals';

import { configDocument, configText } from './config-report.js';

const SETTINGS = [
  { keys: ['models', 'clip_model'], value: 'a: b # c', origin: 'file x.yaml:3' },
  { keys: ['models', 'fusion_weights', 'clip'], value: 0.6, origin: 'default' },
  { keys: ['database', 'ssl'], value: false, origin: 'environment FASHIONMATCH_DATABASE__SSL' },
  { keys: ['database', 'host'], value: undefined, origin: 'default' },
];

test('is YAML with an origin beside each value', () => {
  expect(configText(SETTINGS).replaceAll(/ {2,}#/g, ' #')).toBe(
    [
      'models:',
      '  clip_model: "a: b # c" # file x.yaml:3',
      '  fusion_weights:',
      '    clip: 0.6 # default',
      'database:',
      '  ssl: false # environment FASHIONMATCH_DATABASE__SSL',
      ' # host: not set # default',
      '',
    ].join('\n'),
  );
});

test('a value that a terminal would obey is shown harmless', () => {
  const text = configText([{ keys: ['models', 'clip_model'], value: '\u001b[2J\u202e', origin: 'file \u0007.yaml:1' }]);
  expect(text).not.toMatch(/[\u001b\u202e\u0007]/);
});

test('is a document with null for what is not set', () => {
  expect(configDocument(SETTINGS)).toMatchObject({
    schema_version: 1,
    settings: [{ key: 'models.clip_model', value: 'a: b # c' }, {}, {}, { key: 'database.host', value: null }],
  });
});
