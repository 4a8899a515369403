import type { FatalCode } from '@fashionmatch/domain';
import type { Finding } from '@fashionmatch/pipeline';

import { defineCommand } from '../declaration/define-command.js';
import { findingDocument, findingText, verdictText } from '../tables/diagnosis-report.js';
import { EXIT, exitCodeOf } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';

/** `fashionmatch doctor`: runs every part once, and says what is wrong and what to do about it. */
export const doctor = defineCommand({
  name: 'doctor',
  description: 'run every part once on this machine, and say what is wrong and what to do; downloads nothing',
  examples: ['fashionmatch doctor', 'fashionmatch doctor --json'],
  logLevel: 'warn',
  declare: (command) => command,
  action: (options, session) =>
    reporting(session, async () => {
      const { diagnose, loadConfig } = await import('@fashionmatch/pipeline');
      const findings: Finding[] = [];
      for await (const finding of diagnose(await loadConfig({ path: options.config }), session)) {
        findings.push(finding);
        if (!options.json) session.terminal.stdout.write(findingText(finding));
      }
      session.print(
        () => document(findings),
        () => verdictText(findings),
      );
      return exitCode(findings);
    }),
});

function document(findings: readonly Finding[]): object {
  const worst = (['error', 'warning'] as const).find((status) => findings.some((one) => one.status === status));
  return { schema_version: 1, status: worst ?? 'ok', findings: findings.map(findingDocument) };
}

/** A model that is not there explains most of what follows, so it is told first; then device, store and the rest. */
const FIRST: readonly number[] = [EXIT.model, EXIT.device, EXIT.store, EXIT.fatal];

function exitCode(findings: readonly Finding[]): number {
  const codes = findings.flatMap(({ code }): FatalCode[] => (code === undefined ? [] : [code])).map(exitCodeOf);
  return FIRST.find((code) => codes.includes(code)) ?? codes[0] ?? EXIT.done;
}
