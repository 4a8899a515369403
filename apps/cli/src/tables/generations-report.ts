import { isOutOfStep } from '@fashionmatch/domain';
import type { GenerationReport } from '@fashionmatch/pipeline';

import { printable } from './printable.js';

/** The generations of a store, for people; fits 60 columns but for long names of models. */
export function generationsReport(reports: readonly GenerationReport[]): string {
  return reports.map(lines).join('\n');
}

function lines(report: GenerationReport): string {
  const { name, isServing, models, createdAt, status } = report;
  const since = createdAt === undefined ? '' : `, since ${createdAt.slice(0, 10)}`;
  return [
    `${isServing ? '*' : ' '} ${name.padEnd(24)}${String(status.collections.clip.items).padStart(9)} items${since}${note(report)}`,
    `    ${printable(models.clipModel)}`,
    `    ${printable(models.dinoModel)}`,
    `    ${printable([models.precision, models.resample, models.colour].join(', '))}`,
    '',
  ].join('\n');
}

function note({ isServing, isBeingDropped, status }: GenerationReport): string {
  if (isBeingDropped) return '  being dropped';
  if (isOutOfStep(status)) return '  out of step';
  return isServing ? '  serves' : '';
}
