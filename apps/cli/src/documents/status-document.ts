import { EMBEDDING_SPACES, type CollectionStatus, type StoreHolder } from '@fashionmatch/domain';
import { hasDrift, type CheckedStatus } from '@fashionmatch/pipeline';

/** The one document that `status --json` prints. */
export function statusDocument(status: CheckedStatus): object {
  const { location, generation, collections, unpaired, itemsBySource, journal, bytesOnDisk, holder, spotCheck } =
    status;
  return {
    schema_version: 1,
    location,
    generation,
    collections: Object.fromEntries(EMBEDDING_SPACES.map((space) => [space, collectionDocument(collections[space])])),
    items_by_source: itemsBySource,
    drift: hasDrift(status),
    items_in_one_only: unpaired,
    spot_check: spotCheck === undefined ? null : { items: spotCheck.items, at_fault: spotCheck.atFault },
    journal: journal ?? null,
    bytes_on_disk: bytesOnDisk ?? null,
    in_use_by: holder === undefined ? null : holderDocument(holder),
  };
}

function collectionDocument({ name, state, reason, items, encoder }: CollectionStatus): object {
  return { name, state, items, encoder: encoder ?? null, ...(reason !== '' && { reason }) };
}

function holderDocument({ pid, host, since, access, server }: StoreHolder): object {
  return { pid, host, since, access, server: server === undefined ? null : { pid: server.pid, port: server.port } };
}
