import { Argument } from '@commander-js/extra-typings';
import { FashionMatchError } from '@fashionmatch/domain';

import { defineCommand } from '../declaration/define-command.js';
import { generationsDocument } from '../documents/generations-document.js';
import { generationsReport } from '../tables/generations-report.js';
import { confirm } from '../terminal/confirm.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';

/** `fashionmatch generations list|use|drop`: stores of several models side by side, of which one serves. */
export const generations = defineCommand({
  name: 'generations',
  description: 'vectors of several models side by side: which there are, which one serves, and away with one',
  examples: [
    'fashionmatch generations list',
    'fashionmatch embed --generation next --clip-model models/clip-vit-base-patch32',
    'fashionmatch generations use next',
    'fashionmatch generations use main',
    'fashionmatch generations drop next --yes',
  ],
  logLevel: 'warn',
  declare: (command) =>
    command
      .addArgument(new Argument('<task>', 'what to do').choices(['list', 'use', 'drop']))
      .argument('[name]', 'use, drop: which generation'),
  action: (task, name, options, session) =>
    reporting(session, async () => {
      const { dropGeneration, listGenerations, loadConfig, useGeneration } = await import('@fashionmatch/pipeline');
      const { logger, print, terminal } = session;
      const config = await loadConfig({ path: options.config });
      if (task === 'list') {
        const reports = await listGenerations(config, { logger });
        print(
          () => generationsDocument(reports),
          () => generationsReport(reports),
        );
        return EXIT.done;
      }
      if (name === undefined) {
        throw new FashionMatchError('USAGE_INVALID', `Name the generation: fashionmatch generations ${task} NAME.`);
      }
      if (task === 'use') {
        const before = await useGeneration(config, name, { logger });
        print(
          () => ({ schema_version: 1, serving: name, served_before: before }),
          () => (before === name ? `${name} serves, as before.\n` : `${name} serves now, ${before} no more.\n`),
        );
        return EXIT.done;
      }
      await confirm(`This removes every item of the generation ${name} from the store.`, options, terminal);
      await dropGeneration(config, name, { logger });
      print(
        () => ({ schema_version: 1, dropped: name }),
        () => `${name} is gone.\n`,
      );
      return EXIT.done;
    }),
});
