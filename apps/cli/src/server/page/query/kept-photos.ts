/** Photos that were searched for in this tab, by their names: they are the way Back, and in no address. */
const kept = new Map<string, File>();

/** Of so many, each as large as the server takes. */
const MOST = 5;

/** @returns its name, or another one where a different photo has that already: telephones name all of theirs alike. */
export function keepPhoto(photo: File): string {
  let name = photo.name;
  for (let count = 2; !isSame(kept.get(name) ?? photo, photo); count++) name = `${photo.name} (${String(count)})`;
  kept.delete(name);
  kept.set(name, photo);
  for (const oldest of [...kept.keys()].slice(0, -MOST)) kept.delete(oldest);
  return name;
}

export function keptPhoto(name: string): File | undefined {
  return kept.get(name);
}

function isSame(a: File, b: File): boolean {
  return a.size === b.size && a.lastModified === b.lastModified;
}
