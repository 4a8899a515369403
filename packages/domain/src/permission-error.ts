import { FashionMatchError } from './errors.js';

/** What the system says when it does not let a user at a file, and when the file system is mounted to be read only. */
const REFUSALS = new Set(['EACCES', 'EPERM', 'EROFS']);

/** System calls that only look. */
const READING = new Set(['open', 'scandir', 'stat', 'lstat', 'access', 'read']);

/**
 * The sentence for a system's error that says that this user may not read or write a file, or has no home folder;
 * undefined for anything else.
 *
 * @param uid of the user; undefined where the system has none.
 * @param wish what the user wanted of the file; as the system call tells unless given.
 */
export function permissionErrorOf(
  thrown: unknown,
  uid: number | undefined,
  wish?: 'read' | 'write',
): FashionMatchError | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  const user = uid === undefined ? 'This user' : `This user (uid ${String(uid)})`;
  const denied = (what: string): FashionMatchError =>
    new FashionMatchError('PERMISSION_DENIED', `${user} ${what}`, { cause: thrown });
  if (thrown.code === 'ERR_SYSTEM_ERROR' && thrown.message.includes('homedir')) {
    return denied('has no home folder: set HOME to a folder that it may write to');
  }
  if (!REFUSALS.has(String(thrown.code)) || !('path' in thrown) || !('syscall' in thrown)) return undefined;
  const isReading = wish === undefined ? READING.has(String(thrown.syscall)) : wish === 'read';
  return denied(
    `may not ${isReading ? 'read' : 'write to'} ${String(thrown.path)} (${String(thrown.code)}): ` +
      'give it the permission, run as the user that owns it, or configure another place',
  );
}
