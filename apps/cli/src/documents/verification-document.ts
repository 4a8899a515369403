import { EMBEDDING_SPACES } from '@fashionmatch/domain';
import {
  isInStep,
  type HalfReport,
  type ItemFault,
  type RepairOutcome,
  type StoreSurvey,
  type UnmendableItem,
} from '@fashionmatch/pipeline';

/** The one document that `verify --json` prints. Counts are complete; of the findings the first 1,000 are listed. */
export function verificationDocument(found: StoreSurvey, repair: RepairOutcome | undefined): object {
  const left = repair?.survey ?? found;
  return {
    schema_version: 1,
    status: isInStep(left) ? (isInStep(found) ? 'clean' : 'repaired') : 'drift',
    found: surveyDocument(found),
    ...(repair && { repair: repairDocument(repair), remaining: surveyDocument(repair.survey) }),
  };
}

function surveyDocument(survey: StoreSurvey): object {
  const { halves, items, faultyIds, faultCounts, faults, missingFiles, missingFileCount } = survey;
  const faultCount = Object.values(faultCounts).reduce((sum, count) => sum + count, 0);
  return {
    items,
    collections: EMBEDDING_SPACES.map((space) => collectionDocument(halves[space])),
    items_at_fault: faultyIds.size,
    faults: faultCounts,
    findings: faults.map((fault) => findingDocument(fault, survey)),
    findings_left_out: faultCount - faults.length,
    files_missing: {
      count: missingFileCount,
      items: missingFiles.map(({ itemId, path }) => ({ item_id: itemId, path })),
    },
    only_in_journal: survey.onlyInJournal,
    outdated_items: survey.outdatedIds.size,
    compared_with_images: survey.comparedItems,
  };
}

function collectionDocument({ name, state, reason, rows }: HalfReport): object {
  return { name, state, rows, ...(reason !== '' && { reason }) };
}

function findingDocument({ itemId, kind, space }: ItemFault, { halves }: StoreSurvey): object {
  return { item_id: itemId, kind, collection: space === undefined ? null : halves[space].name };
}

function repairDocument(repair: RepairOutcome): object {
  const { rebuilt, mended, encoded, removed, refused, refreshed, forgottenVectors } = repair;
  return {
    rebuilt_collections: rebuilt,
    mended_items: mended,
    encoded_items: encoded,
    removed_items: removed.map(unmendableDocument),
    refused_items: refused.map(unmendableDocument),
    refreshed_items: refreshed,
    journal_vectors_forgotten: forgottenVectors,
  };
}

function unmendableDocument({ itemId, reason }: UnmendableItem): object {
  return { item_id: itemId, reason };
}
