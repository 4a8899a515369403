import { homedir } from 'node:os';

import { expect, test } from '@jest/globals';

import { cacheRoot, repositoryFolder, type Environment } from './huggingface-cache.js';

test.each<[Environment, string]>([
  [{}, `${homedir()}/.cache/huggingface/hub`],
  [{ XDG_CACHE_HOME: '/xdg' }, '/xdg/huggingface/hub'],
  [{ XDG_CACHE_HOME: '/xdg', HF_HOME: '/hf' }, '/hf/hub'],
  [{ HF_HOME: '/hf', HF_HUB_CACHE: '/cache' }, '/cache'],
  [{ HF_HOME: '', HF_HUB_CACHE: '' }, `${homedir()}/.cache/huggingface/hub`],
])('the cache for %j', (env, expected) => {
  expect(cacheRoot(env)).toBe(expected);
});

test('a repository has one folder', () => {
  expect(repositoryFolder('/cache', 'org/name')).toBe('/cache/models--org--name');
});
