import { FashionMatchError, perSpace, reasonOf, type EncoderFingerprint, type PerSpace } from '@fashionmatch/domain';
import { z } from 'zod';

const FORMAT = 'fashionmatch-items';

/** Which columns an archive has; higher numbers are a later FashionMatch's. */
const SCHEMA_VERSION = 1;

/** Far more than any document of ours has. */
export const MAX_DOCUMENT_BYTES = 64 * 2 ** 10;

const fingerprintSchema = z.object({ id: z.string().min(1).max(1_000), dimensions: z.int().min(1).max(65_536) });

const versionSchema = z.object({ format: z.literal(FORMAT), schema_version: z.int().min(1) });

const documentSchema = versionSchema.extend({
  encoders: z.object({ clip: fingerprintSchema, dino: fingerprintSchema }),
});

/** What an archive says of itself, as JSON. */
export function archiveDocument(writtenBy: PerSpace<EncoderFingerprint>): string {
  const encoders = perSpace((space) => ({ id: writtenBy[space].id, dimensions: writtenBy[space].dimensions }));
  return JSON.stringify(
    { format: FORMAT, schema_version: SCHEMA_VERSION, encoders } satisfies z.input<typeof documentSchema>,
    null,
    2,
  );
}

/**
 * The encoders that an archive names; undefined where it has no document.
 *
 * @param path of the file that the document is in.
 * @throws FashionMatchError `SOURCE_UNREADABLE` when it is no document of an archive, or a later version's.
 */
export function parseArchiveDocument(text: string | undefined, path: string): PerSpace<EncoderFingerprint> | undefined {
  if (text === undefined) return undefined;
  const document = parseJson(text);
  const version = versionSchema.safeParse(document);
  if (!version.success) {
    const advice = 'a program that writes an archive anew must keep what the archive says of itself';
    throw unreadableArchive(path, `it does not say which encoders made its vectors: ${advice}`);
  }
  if (version.data.schema_version > SCHEMA_VERSION) {
    throw unreadableArchive(path, 'it was written by a later FashionMatch: upgrade this one');
  }
  const parsed = documentSchema.safeParse(document);
  if (parsed.success) return parsed.data.encoders;
  const [issue] = parsed.error.issues;
  throw unreadableArchive(path, `${issue?.path.join('.') ?? 'encoders'}: ${issue?.message ?? 'cannot be read'}`);
}

export function unreadableArchive(path: string, cause: unknown): FashionMatchError {
  const reason = reasonOf(cause);
  return new FashionMatchError('SOURCE_UNREADABLE', `The archive ${reasonOf(path)} cannot be read: ${reason}.`, {
    ...(cause instanceof Error && { cause }),
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
