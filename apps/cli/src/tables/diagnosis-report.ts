import type { Finding } from '@fashionmatch/pipeline';

import { printable } from './printable.js';

const STATUS_WIDTH = 9;
const PART_WIDTH = 18;
const INDENT = ' '.repeat(STATUS_WIDTH + PART_WIDTH);

/** One line for what was found, and one for what to do, for people. */
export function findingText({ part, status, message, nextStep }: Finding): string {
  const line = `${status.padEnd(STATUS_WIDTH)}${part.padEnd(PART_WIDTH)}${printable(message)}\n`;
  return nextStep === '' ? line : `${line}${INDENT}→ ${printable(nextStep)}\n`;
}

export function verdictText(findings: readonly Finding[]): string {
  const count = (status: Finding['status']): number => findings.filter((finding) => finding.status === status).length;
  const [errors, warnings] = [count('error'), count('warning')];
  if (errors + warnings === 0) return `\nAll ${String(findings.length)} checks are fine.\n`;
  return `\n${counted(errors, 'error')} and ${counted(warnings, 'warning')} in ${String(findings.length)} checks.\n`;
}

function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** One finding of `doctor --json`. */
export function findingDocument({ part, status, message, nextStep, code }: Finding): object {
  return { part, status, message, next_step: nextStep === '' ? null : nextStep, code: code ?? null };
}
