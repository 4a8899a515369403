import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** A millisecond of hashing. */
const PIECE_BYTES = 1 << 20;

/** Lower-case hex SHA-256 of a file, read piece by piece into the same memory, where a stream would take some for each. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  const pieces: [Buffer, Buffer] = [Buffer.allocUnsafe(PIECE_BYTES), Buffer.allocUnsafe(PIECE_BYTES)];
  const file = await open(path);
  try {
    let reading = file.read(pieces[0]);
    for (;;) {
      const { bytesRead, buffer } = await reading;
      if (bytesRead === 0) return hash.digest('hex');
      // The next piece comes in while this one is hashed.
      reading = file.read(buffer === pieces[0] ? pieces[1] : pieces[0]);
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/** The name that git gives to a file's content: the SHA-1 of it after a header with its length. */
export async function gitBlobSha1Of(path: string): Promise<string> {
  const { size } = await stat(path);
  const hash = createHash('sha1').update(`blob ${String(size)}\0`);
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
