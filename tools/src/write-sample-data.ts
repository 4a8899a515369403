import { writeSampleData } from './sample-data/write-sample-data.js';

/** Writes the sample wardrobe and batch: `node tools/dist/write-sample-data.js DIR`. */
const directory = process.argv[2];
if (directory === undefined) {
  process.stderr.write('Say where to: node tools/dist/write-sample-data.js DIR\n');
  process.exitCode = 2;
} else {
  const { references, broken, listings, written, unchanged } = await writeSampleData(directory);
  process.stdout.write(
    `${directory}: ${references} reference images, ${broken.length} broken ones, ${listings} listings ` +
      `(${written} files written, ${unchanged} there already)\n`,
  );
}
