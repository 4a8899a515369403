import type { FatalCode } from '@fashionmatch/domain';
import { diagnose, loadConfig, type Finding } from '@fashionmatch/pipeline';

import type { CommonOptions } from '../command-options.js';
import { findingDocument, findingText, verdictText } from '../tables/diagnosis-report.js';
import { EXIT, exitCodeOf } from '../terminal/exit-code.js';
import { jsonText } from '../documents/json-text.js';
import { reporting } from '../terminal/reporting.js';
import { openSession } from '../terminal/session.js';
import type { Terminal } from '../terminal/terminal.js';

/** `fashionmatch doctor`: runs every part once, and says what is wrong and what to do about it. */
export async function doctor(options: CommonOptions, terminal: Terminal): Promise<number> {
  const session = openSession({ ...options, logLevel: options.logLevel ?? 'warn' }, terminal);
  return reporting(session, async () => {
    const findings: Finding[] = [];
    for await (const finding of diagnose(await loadConfig({ path: options.config }), session)) {
      findings.push(finding);
      if (!options.json) terminal.stdout.write(findingText(finding));
    }
    terminal.stdout.write(options.json ? `${jsonText(document(findings))}\n` : verdictText(findings));
    return exitCode(findings);
  });
}

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
