import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A block of TypeScript in a README. */
export interface ReadmeSnippet {
  /** The README's path in the repository. */
  readonly readme: string;
  /** Which of the README's blocks it is, from 1. */
  readonly place: number;
  readonly code: string;
}

/** Every TypeScript block of the repository's README and of those of its packages. */
export function readmeSnippets(root: string): ReadmeSnippet[] {
  const folders = ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}/`),
  );
  const readmes = ['', ...folders].map((folder) => `${folder}README.md`);
  return readmes.filter((readme) => existsSync(join(root, readme))).flatMap((readme) => snippetsOf(root, readme));
}

function snippetsOf(root: string, readme: string): ReadmeSnippet[] {
  const blocks = readFileSync(join(root, readme), 'utf8').matchAll(/```ts\n(.*?)```/gs);
  return Array.from(blocks, ([, code = ''], i) => ({ readme, place: i + 1, code }));
}
