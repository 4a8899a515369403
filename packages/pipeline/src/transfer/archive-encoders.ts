import {
  FashionMatchError,
  reasonOf,
  waysToUse,
  type EncoderFingerprint,
  type OpenedItemArchive,
  type PerSpace,
} from '@fashionmatch/domain';

/** What made an archive's vectors, as its user says: ids of encoders, or names of models. */
export type NamedEncoders = Partial<PerSpace<string>>;

/**
 * @param named by the user, for archives that do not say it themselves.
 * @throws FashionMatchError `ENCODER_MISMATCH` when the vectors are of other encoders than the configured ones,
 *   `USAGE_INVALID` when nobody says of which they are, or the user says something else than the archive does.
 */
export function requireSameEncoders(
  archive: Pick<OpenedItemArchive, 'name' | 'encoders' | 'spaces'>,
  encoders: PerSpace<EncoderFingerprint>,
  named: NamedEncoders = {},
): void {
  for (const space of archive.spaces) {
    const [ours, theirs, said] = [encoders[space], archive.encoders?.[space], named[space]];
    if (theirs !== undefined && said !== undefined && !isOf(said, theirs)) {
      const reason = `says itself that ${reasonOf(theirs.id)} made its ${space} vectors, not ${reasonOf(said)}`;
      throw new FashionMatchError('USAGE_INVALID', `The archive ${reasonOf(archive.name)} ${reason}.`);
    }
    if (theirs === undefined && said === undefined) {
      throw new FashionMatchError(
        'USAGE_INVALID',
        `The archive ${reasonOf(archive.name)} does not say which encoder made its ${space} vectors: name it with ` +
          `--${space}-encoder (${reasonOf(ours.id)} is configured), or with --encoders-as an archive that says it.`,
      );
    }
    const isSame =
      theirs === undefined ? isOf(said ?? '', ours) : theirs.id === ours.id && theirs.dimensions === ours.dimensions;
    if (isSame) continue;
    const other = theirs === undefined ? reasonOf(said) : described(theirs);
    throw new FashionMatchError(
      'ENCODER_MISMATCH',
      `The archive ${reasonOf(archive.name)} holds ${space} vectors of ${other}, but ${described(ours)} is ` +
        `configured: ${waysToUse(theirs?.id ?? said, space, ours, ['run `fashionmatch embed` on the images instead'])}.`,
    );
  }
}

const described = ({ id, dimensions }: EncoderFingerprint): string =>
  `${reasonOf(id)} (${String(dimensions)} dimensions)`;

/** A model's name is what stands before its revision and settings. */
const isOf = (said: string, { id }: EncoderFingerprint): boolean => said === id || said === /^[^@#]*/.exec(id)?.[0];
