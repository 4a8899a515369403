import { readFileSync } from 'node:fs';

/**
 * npm leaves optional packages out of the lock file, silently, when the registry that wrote it lacked
 * them; a later npm then refuses to install from it. This finds such gaps before a release does, and
 * whatever would be fetched from anywhere but the npm registry.
 */
const REGISTRY = 'https://registry.npmjs.org/';

interface LockedPackage {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function isLocked(value: unknown): value is { readonly packages: Readonly<Record<string, LockedPackage>> } {
  return typeof value === 'object' && value !== null && 'packages' in value && typeof value.packages === 'object';
}

/** Where Node would find `name` from the package at `location`. */
function candidates(location: string, name: string): string[] {
  const parts = location === '' ? [] : location.split('/node_modules/');
  const folders = parts.map(
    (_, i) => `${parts.slice(0, parts.length - i).join('/node_modules/')}/node_modules/${name}`,
  );
  return [...folders, `node_modules/${name}`];
}

/** One sentence for each thing that is wrong with a parsed `package-lock.json`. */
export function lockFileFaults(lockFile: unknown): string[] {
  if (!isLocked(lockFile)) return ['This is no package-lock.json.'];
  const { packages } = lockFile;
  return Object.entries(packages).flatMap(([location, entry]) => {
    const missing = Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !candidates(location, name).some((candidate) => candidate in packages))
      .map((name) => `${location || 'the root'} names the optional package ${name}, which is not locked.`);
    const isOurs = !location.includes('node_modules/') || entry.link === true;
    if (isOurs) return missing;
    // Without an address npm asks the configured registry.
    const elsewhere = (entry.resolved ?? REGISTRY).startsWith(REGISTRY)
      ? []
      : [`${location} does not come from ${REGISTRY}.`];
    const unchecked = entry.integrity === undefined ? [`${location} has no integrity hash.`] : [];
    return [...missing, ...elsewhere, ...unchecked];
  });
}

if (process.argv[1] !== undefined && import.meta.url.endsWith(process.argv[1].replace(/^.*\//, '/'))) {
  const faults = lockFileFaults(JSON.parse(readFileSync('package-lock.json', 'utf8')));
  for (const fault of faults) process.stderr.write(`package-lock.json: ${fault}\n`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
