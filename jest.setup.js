import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Before all suites: a folder for what they share. */
export default async function setUp() {
  process.env.FASHIONMATCH_TEST_FOLDER = await mkdtemp(join(tmpdir(), 'fashionmatch-tests-'));
}
