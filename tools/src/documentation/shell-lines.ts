import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is typed into a shell in a document, line by line; `path` is relative to `root`. */
export function shellLines(root: string, path: string): string[] {
  const blocks = readFileSync(join(root, path), 'utf8').matchAll(/^ *```sh\n(.*?)```/gms);
  const lines = [...blocks].flatMap(([, block = '']) => block.split('\n').map((line) => line.trim()));
  return lines.filter((line) => line !== '');
}
