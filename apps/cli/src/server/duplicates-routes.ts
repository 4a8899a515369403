import { BackgroundDuplicates, type FoundGroup, type OpenedSimilaritySearch } from '@fashionmatch/pipeline';
import type { FastifyInstance } from 'fastify';

import { groupHead, isOfKind } from '../documents/duplicates-document.js';
import { DUPLICATES, type DuplicatesParameters } from './duplicates-schemas.js';
import { duplicatesSource } from './duplicates-source.js';
import { storedItemDocument } from './item-document.js';
import type { SharedSearch } from './shared-search.js';

/** Of a group with more, so many items are told of, and how many there are. */
const MAX_ITEMS = 100;

/** Groups of copies, which are looked for in the background: until they are found, it is told how far that is. */
export function addDuplicatesRoute(server: FastifyInstance, search: SharedSearch): void {
  const duplicates = new BackgroundDuplicates(duplicatesSource(search));
  server.addHook('onClose', () => duplicates[Symbol.asyncDispose]());
  server.get<{ Querystring: DuplicatesParameters }>(
    '/api/duplicates',
    { schema: DUPLICATES },
    async ({ query: { kind, offset, limit } }, reply) => {
      const state = await duplicates.find();
      if (!('groups' in state)) return reply.code(202).send({ schema_version: 1, state: 'searching', ...state });
      const groups = state.groups.filter((group) => isOfKind(group, kind));
      const shown = await search.use((opened) => groupDocuments(opened, groups.slice(offset, offset + limit)));
      return { schema_version: 1, state: 'ready', total: groups.length, offset, groups: shown };
    },
  );
}

async function groupDocuments(
  { store }: Pick<OpenedSimilaritySearch, 'store'>,
  groups: readonly FoundGroup[],
): Promise<object[]> {
  const shown = groups.map((group) => ({ ...group, shown: group.members.slice(0, MAX_ITEMS) }));
  const ids = shown.flatMap(({ shown }) => shown.map(({ itemId }) => itemId));
  const stored = ids.length > 0 ? await store.getItemsByIds(ids) : [];
  const byId = new Map(stored.map((one) => [one.item.itemId, one]));
  return shown.map(({ shown, members, ...group }) => ({
    ...groupHead(group),
    items_total: members.length,
    items: shown.flatMap(({ itemId, isExact }) => {
      const found = byId.get(itemId);
      // Removed since it was found.
      return found ? [{ ...storedItemDocument(found), same_content: isExact }] : [];
    }),
  }));
}
