import { rm } from 'node:fs/promises';

/** After all suites: what they shared is gone. */
export default async function tearDown() {
  await rm(process.env.FASHIONMATCH_TEST_FOLDER, { recursive: true });
}
