import { defineCommand } from '../declaration/define-command.js';
import { folders, score, wholeNumber } from '../declaration/option-values.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';
import { StopSignals } from '../terminal/stop-signals.js';

/** `fashionmatch adopt`: takes over a store that another program wrote, without encoding it again. */
export const adopt = defineCommand({
  name: 'adopt',
  description: 'take over a store that another program wrote: a sample of its images is encoded and compared',
  examples: ['fashionmatch adopt --dry-run', 'fashionmatch adopt --root /mnt/photos --sample 50'],
  declare: (command) =>
    command
      .option('--sample <n>', 'images to encode and compare, of both sources', wholeNumber(1, 100_000), 20)
      .option('--min-cosine <x>', 'least cosine between a stored vector and that of its image', score, 0.999)
      .option('--root <dir>', 'look for images below this folder, too; may be given again', folders, [])
      .option('--in-place', 'change the store itself, not a copy that takes its place; a server has no other way')
      .option('-n, --dry-run', 'say what would be taken over, and change nothing'),
  action: async ({ config: path, dryRun, inPlace, minCosine, root: roots, sample }, session) => {
    using stop = new StopSignals();
    const { signal } = stop;
    const startedAt = performance.now();
    const work = async (): Promise<number> => {
      const { adoptStore, loadConfig } = await import('@fashionmatch/pipeline');
      const { adoptionDocument } = await import('../documents/adoption-document.js');
      const { adoptionReport } = await import('../tables/adoption-report.js');
      const { logger, progress, print } = session;
      const config = await loadConfig({ path });
      const how = { sample, minCosine, roots, inPlace, dryRun };
      const report = await adoptStore({ config, logger, progress, signal, ...how });
      const seconds = (performance.now() - startedAt) / 1000;
      for (const { itemId, reason } of report?.failures ?? []) {
        logger.warn(`Failed ${itemId}: ${reason}`, { item_id: itemId });
      }
      print(
        () => adoptionDocument(report, { dryRun, seconds }),
        () => adoptionReport(report, { dryRun, seconds }),
      );
      return report !== undefined && report.failures.length > 0 ? EXIT.someFailed : EXIT.done;
    };
    return await reporting(session, work, { stop, message: 'Interrupted: run the command again to go on' });
  },
});
