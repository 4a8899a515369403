import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';

import { commandReference } from './command-reference.js';
import { configurationReference } from './configuration-reference.js';
import { licenceList } from './licences.js';

/** The documents that are made from the code, by their path. */
export async function writtenDocuments(): Promise<Map<string, string>> {
  const documents = new Map<string, string>();
  for (const [name, text] of Object.entries({
    'command-line.md': commandReference(),
    'configuration.md': configurationReference(),
    'licences.md': licenceList(),
  })) {
    const path = fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url));
    documents.set(path, await format(text, { ...(await resolveConfig(path)), parser: 'markdown' }));
  }
  return documents;
}
