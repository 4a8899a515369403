import { FashionMatchError, ItemError, permissionErrorOf, reasonOf } from '@fashionmatch/domain';

/** What every command prints with `--json` when it could not go on; `embed` and `watch` add how far they came. */
export function fatalDocument({ code, message }: FashionMatchError): object {
  return { schema_version: 1, status: 'failed', error: { code, message } };
}

/** A user's mistake has a sentence of its own; anything else is ours, and says so. */
export function fatalErrorOf(thrown: unknown): FashionMatchError {
  if (thrown instanceof FashionMatchError) return thrown;
  if (thrown instanceof ItemError) return new FashionMatchError('SOURCE_UNREADABLE', thrown.message, { cause: thrown });
  const refused = permissionErrorOf(thrown, process.getuid?.());
  if (refused !== undefined) return refused;
  const message = `Unexpected fault: ${reasonOf(thrown)}. Run again with --log-level debug and report it.`;
  return new FashionMatchError('UNEXPECTED', message, { cause: thrown });
}
