import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** What the TypeScript files below a folder import of each other: values, types, effects, and what is loaded late. */
export function importsOf(folder: string): Map<string, string[]> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
  return new Map(
    files.map((file) => {
      const text = readFileSync(file, 'utf8');
      const statements = text.matchAll(/(?:^(?:import|export) [^;]*? from |^import |\bimport\()'(\.[^']+)\.js'/gm);
      return [file, [...statements].map(([, path = '']) => resolve(dirname(file), `${path}.ts`))];
    }),
  );
}

/** The files of one way round for each file from which one can come back to it. */
export function cyclesIn(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const done = new Set<string>();
  const cycles: string[][] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const seenAt = path.indexOf(file);
    if (seenAt >= 0) cycles.push(path.slice(seenAt));
    if (seenAt >= 0 || done.has(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return cycles;
}
