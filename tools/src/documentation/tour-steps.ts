import { readFileSync } from 'node:fs';

/** Commands of the tour that are typed together, and what they print. */
export interface TourStep {
  readonly commands: string;
  /** As the tour shows it, if it does. */
  readonly output: string | undefined;
  /** What the commands end with: 0, unless a comment says `# exit code 3`. */
  readonly exitCode: number;
}

/** The blocks of a document that are typed into a shell, each with the block of text that follows it, if one does. */
export function tourSteps(path: string): TourStep[] {
  const blocks = readFileSync(path, 'utf8').matchAll(/^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms);
  return Array.from(blocks, ([, commands = '', output]) => {
    const [, exitCode = '0'] = /# exit code (\d+)/.exec(commands) ?? [];
    return { commands, output, exitCode: Number(exitCode) };
  });
}

/** Scores differ in their last digits from one processor to another. */
const TOLERANCE = 0.01;
const DECIMAL = /-?\d+\.\d+/g;

/** Whether a text is what a document shows of it: `…` is anything within a line, and decimals are nearly the same. */
export function isAsShown(printed: string, shown: string): boolean {
  const pattern = shown
    .trimEnd()
    .split('…')
    .map((part) => part.split(DECIMAL).map(escaped).join(`(${DECIMAL.source})`))
    .join('[^\\n]*?');
  const found = new RegExp(`^${pattern}$`).exec(printed.trimEnd());
  const expected = shown.match(DECIMAL) ?? [];
  return found !== null && expected.every((value, i) => Math.abs(Number(value) - Number(found[i + 1])) <= TOLERANCE);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
