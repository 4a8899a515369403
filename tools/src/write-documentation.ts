import { writeFile } from 'node:fs/promises';

import { writtenDocuments } from './documentation/written-documents.js';

/** Writes the documents that are made from the code: `node tools/dist/write-documentation.js`. */
for (const [path, text] of await writtenDocuments()) await writeFile(path, text);
