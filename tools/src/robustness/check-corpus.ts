import { checkCorpus } from './corpus/corpus-check.js';
import { inMebibytes } from './memory/in-mebibytes.js';

/** Runs the pipeline over a corpus of odd files: `node tools/dist/robustness/check-corpus.js FOLDER TABLE [JUDGEMENTS]`. */
const [folder, table, judgements] = process.argv.slice(2);
if (folder === undefined || table === undefined) {
  process.stderr.write('Say which: node tools/dist/robustness/check-corpus.js FOLDER TABLE [JUDGEMENTS]\n');
  process.exitCode = 2;
} else {
  const check = await checkCorpus(folder, table, judgements);
  for (const line of [...check.faults, ...check.disagreements]) process.stdout.write(`${line}\n`);
  process.stdout.write(
    `${String(check.files)} files in ${check.seconds.toFixed(0)} s, ${inMebibytes(check.peakMemory)} at most: ` +
      `${String(check.stored)} stored, ${String(check.failed)} named with a reason; ` +
      `${String(check.agreeing)} as expected, ${String(check.disagreements.length)} not; ` +
      `${String(check.faults.length)} faults\n`,
  );
  process.exitCode = check.faults.length + check.disagreements.length > 0 ? 1 : 0;
}
