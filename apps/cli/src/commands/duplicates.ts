import { Option } from '@commander-js/extra-typings';

import { defineCommand } from '../declaration/define-command.js';
import { withGenerationOption } from '../declaration/generation-option.js';
import { score } from '../declaration/option-values.js';
import { OutputFile } from '../documents/output-file.js';
import { EMPTY_NOTE } from '../tables/empty-note.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';
import { StopSignals } from '../terminal/stop-signals.js';
import { columnsOf } from '../terminal/terminal.js';

/** `fashionmatch duplicates`: items with the same picture, or with copies of one. */
export const duplicates = defineCommand({
  name: 'duplicates',
  description: 'groups of items with the same picture, with near-copies of one, and of relists',
  examples: [
    'fashionmatch duplicates',
    'fashionmatch duplicates --only relists --html relists.html',
    'fashionmatch duplicates --min-clip 0.99 --min-dino 0.99 --json',
  ],
  declare: (command) =>
    withGenerationOption(
      command
        .addOption(new Option('--only <kind>', 'groups of one kind').choices(['exact', 'near', 'relists']))
        .option('--min-clip <x>', 'least CLIP score of a near-copy (default: by model)', score)
        .option('--min-dino <x>', 'least DINOv2 score of a near-copy (default: by model)', score)
        .option('--html <file>', 'write a page with the pictures, to look at in a browser'),
    ),
  action: async ({ config: path, generation, only, minClip, minDino, html, ...options }, session) => {
    using stop = new StopSignals();
    const { signal } = stop;
    const work = async (): Promise<number> => {
      const { openDuplicates } = await import('@fashionmatch/pipeline');
      const { loadStoreConfig } = await import('../planning/store-config.js');
      const { duplicatesDocument, isOfKind } = await import('../documents/duplicates-document.js');
      const { duplicatesReport } = await import('../tables/duplicates-report.js');
      const { logger, progress, print } = session;
      const config = await loadStoreConfig({ config: path, generation });
      const pageFile = html === undefined ? undefined : await OutputFile.open(html, 'page');
      await using opened = await openDuplicates({ config, logger, progress, signal });
      if (options.quiet !== true && (await opened.isEmpty())) progress.write(EMPTY_NOTE);
      const found = await opened.find({ signal, thresholds: { clip: minClip, dino: minDino } });
      const kind = only === 'relists' ? 'relist' : only;
      const report = { ...found, groups: found.groups.filter((group) => isOfKind(group, kind)) };
      if (pageFile) {
        const { duplicatesPage } = await import('../pages/duplicates-page.js');
        await pageFile.write(duplicatesPage(report, opened));
      }
      progress.close();
      print(
        () => duplicatesDocument(report),
        () =>
          duplicatesReport(report, {
            ofOtherKinds: found.groups.length - report.groups.length,
            room: columnsOf(session.terminal),
          }),
      );
      return EXIT.done;
    };
    return await reporting(session, work, { stop, message: 'Interrupted: nothing was changed' });
  },
});
