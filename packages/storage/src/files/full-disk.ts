import { statfs } from 'node:fs/promises';

/** With less than this, an error of the disk means that it is full: who needs more than is left leaves some. */
const FULL_DISK_BYTES = 16 * 2 ** 20;

/** Whether the disk that a folder lies on has no room worth speaking of. */
export async function isDiskFull(directory: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize < FULL_DISK_BYTES;
}
