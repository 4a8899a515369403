import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { FashionMatchError } from '@fashionmatch/domain';

import { catalogueModel, type CatalogueModel } from './model-catalog.js';
import { isFolder } from './model-folder.js';

const BUILTIN_FOLDER = fileURLToPath(new URL('../../builtin', import.meta.url));

/** Where a model comes from. */
export type ModelLocation =
  /** It ships with this package. */
  | { readonly kind: 'builtin'; readonly name: string; readonly folder: string; readonly known: CatalogueModel }
  /** A folder of the user's, in the layout of the hub. */
  | { readonly kind: 'folder'; readonly name: string; readonly folder: string }
  | HubLocation;

export interface HubLocation {
  readonly kind: 'hub';
  readonly name: string;
  /** `org/name` */
  readonly repository: string;
  /** A commit (40 hex digits), a branch or a tag. */
  readonly revision: string;
  /** Its row of the catalogue, where it has one. */
  readonly known: CatalogueModel | undefined;
}

/** Letters, digits, `_`, `-` and `.`, never beginning with a dot: such a name can be put in a path. */
const REPOSITORY = /^(\w[\w.-]*\/\w[\w.-]*?)(?:@(\w[\w.-]*))?$/;

/**
 * Reads a model's configured name: one of the catalogue, a folder that exists or that is written as a path, or a
 * repository `org/name`, with a commit, branch or tag after `@`.
 *
 * @throws FashionMatchError `CONFIG_INVALID` when it is none of these.
 */
export async function locateModel(name: string): Promise<ModelLocation> {
  const known = catalogueModel(name);
  if (known?.repository === '') {
    const folder = join(BUILTIN_FOLDER, known.name.slice('builtin/'.length));
    return { kind: 'builtin', name: known.name, folder, known };
  }
  if (known !== undefined) {
    return { kind: 'hub', name: known.name, repository: known.repository, revision: known.revision, known };
  }
  const folder = expandHome(name);
  if (name !== '' && (isPath(name) || (await isFolder(folder)))) return { kind: 'folder', name, folder };

  const [, repository, revision = 'main'] = REPOSITORY.exec(name) ?? [];
  if (repository !== undefined) return { kind: 'hub', name: repository, repository, revision, known };
  throw new FashionMatchError(
    'CONFIG_INVALID',
    `"${name}" is no model: give a name that "fashionmatch models list" shows, a repository such as org/name, or a folder.`,
  );
}

function isPath(name: string): boolean {
  return /^(~?[/\\]|\.\.?([/\\]|$)|~$|[a-zA-Z]:[/\\])/.test(name);
}

function expandHome(path: string): string {
  return resolve(/^~([/\\]|$)/.test(path) ? join(homedir(), path.slice(1)) : path);
}
