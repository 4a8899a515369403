import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Every Markdown file of the repository, as paths from its root. */
export function documents(root: string): string[] {
  return readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) {
      if (/^\.|^(node_modules|dist|data)$/.test(entry.name)) return [];
      return documents(join(root, entry.name)).map((path) => `${entry.name}/${path}`);
    }
    return entry.name.endsWith('.md') ? [entry.name] : [];
  });
}

/** The links of a Markdown file to other files, or to parts of them, that lead nowhere. */
export function brokenLinks(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  const targets = [...text.replaceAll(/```.*?```/gs, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(path, target));
}

function leadsSomewhere(from: string, target: string): boolean {
  const [file = '', part] = target.split('#');
  const path = file === '' ? from : join(dirname(from), file);
  if (!existsSync(path)) return false;
  return part === undefined || headings(readFileSync(path, 'utf8')).includes(part);
}

/** As GitHub names them. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
