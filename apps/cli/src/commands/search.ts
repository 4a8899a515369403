import { Argument, Option, type Command } from '@commander-js/extra-typings';
import { FashionMatchError, FilterSyntaxError, parseMetadataFilter } from '@fashionmatch/domain';

import type { OptionsOf } from '../declaration/common-options.js';
import { defineCommand } from '../declaration/define-command.js';
import { withGenerationOption } from '../declaration/generation-option.js';
import { fusionWeights, percentage, score, wholeNumber } from '../declaration/option-values.js';
import { OutputFile } from '../documents/output-file.js';
import type { SearchQuery } from '../pages/search-page.js';
import { PICTURE_CHOICES } from '../pictures/picture-protocol.js';
import type { PictureWriter } from '../pictures/picture-writer.js';
import { readParts } from '../planning/read-parts.js';
import { images, partWeight, region, searchQuery } from '../planning/search-query.js';
import type { LookAlikes } from '../resident/look-alikes.js';
import { caretLine } from '../tables/caret-line.js';
import { EMPTY_NOTE } from '../tables/empty-note.js';
import { printable } from '../tables/printable.js';
import { EXIT } from '../terminal/exit-code.js';
import { reporting } from '../terminal/reporting.js';
import type { Session } from '../terminal/session.js';
import { columnsOf, printsToTerminal, showsLinks } from '../terminal/terminal.js';

const NO_TERMINAL_NOTE = 'Standard output is no terminal, and shows no pictures: --html writes a page with them.\n';
const TEXT_NOTE = 'A text is compared with the CLIP vectors only: the score is the CLIP score.\n';

/** `fashionmatch search`: the stored items that look most like an image or another item, or like what a text says. */
export const search = defineCommand({
  name: 'search',
  description: 'find the stored items that look most like an image',
  examples: [
    'fashionmatch search photos/red-dress.jpg',
    'fashionmatch search --id vinted_12345 --top-k 5',
    'fashionmatch search --text "a red summer dress"',
    "fashionmatch search photos/red-dress.jpg --where 'price<50 and brand=zara'",
    "fashionmatch search photos/red-dress.jpg --where 'title~silk and scraped_at>=2024-01-15'",
    'fashionmatch search photos/red-dress.jpg looks/red-dress.jpg --text "in red" --weight 2:looks/red-dress.jpg',
    'fashionmatch search --region 0.2,0,0.6,1 --files - < photos/red-dress.jpg',
    'fashionmatch search photos/red-dress.jpg --html look-alikes.html',
  ],
  logLevel: 'warn',
  declare,
  action: async (paths, options, session) => {
    const fail = (error: FashionMatchError): void => {
      session.fail(error);
      if (error instanceof FilterSyntaxError && options.logFormat !== 'json') {
        session.progress.write(caretLine(options.where ?? '', error.position));
      }
    };
    return reporting({ ...session, fail }, async () => {
      const { hitDocument, hitTable } = await import('../tables/hits.js');
      const { filterHintLine } = await import('../tables/filter-hint.js');
      const query = queryOf(paths, options);
      if (options.where !== undefined) parseMetadataFilter(options.where);
      const { hits, hints, isEmpty, paths: imagePaths, pictures } = await find(query, options, session);
      session.progress.close();
      if (!options.json && !options.quiet) {
        if (hasText(query)) session.progress.write(TEXT_NOTE);
        for (const hint of hints) session.progress.write(filterHintLine(hint));
        if (hits.length === 0 && !isEmpty && hints.length === 0) session.progress.write(nothingNote(options));
      }
      const links = await showsLinks(session.terminal);
      const room = columnsOf(session.terminal);
      session.print(
        () => ({
          schema_version: 1,
          query: queryDocument(query, options),
          hits: hits.map(hitDocument),
          ...(hints.length > 0 && { hints }),
        }),
        () =>
          options.files || options.print0 ? pathLines(imagePaths, options) : pictures + hitTable(hits, { links, room }),
      );
      return EXIT.done;
    });
  },
});

/** What kept a store that has items from giving any. */
function nothingNote({ where, minScore, minConfidence }: Options): string {
  const cut = [minScore !== undefined && '--min-score', minConfidence !== undefined && '--min-confidence'].filter(
    Boolean,
  );
  if (cut.length > 0) return `Nothing reaches ${cut.join(' and ')}: lower it, or leave it out.\n`;
  if (where !== undefined) return 'No stored item passes --where: ask for less, or leave it out.\n';
  return 'There is no other item than the one that was searched for.\n';
}

/** As pipes want them. A path that a line cannot hold is left to `--print0`. */
function pathLines(paths: readonly string[], { print0 }: Options): string {
  if (print0) return paths.map((path) => `${path}\0`).join('');
  return paths.map((path) => `${printable(path)}\n`).join('');
}

type Options = OptionsOf<typeof declare>;

function declare(command: Command) {
  return withGenerationOption(
    command
      .addArgument(
        new Argument('[paths...]', 'an image, or several together: files, addresses, or - for standard input'),
      )
      .option('--id <item-id>', 'a stored item instead of an image')
      .option('--text <text>', 'words, alone or with images; needs CLIP, and compares with the CLIP vectors only')
      .addOption(
        new Option('--minus <image>', 'less like this one; may be given again').argParser(images).default([], 'none'),
      )
      .addOption(
        new Option('--weight <w:image>', 'how much an image counts, such as 2:b.jpg; may be given again')
          .argParser(partWeight)
          .default([], '1 each'),
      )
      .option('--region <x,y,w,h>', 'a part of the photo only, as shares of its width and height', region)
      .addOption(new Option('-k, --top-k <n>', 'how many items').argParser(wholeNumber(1, 10_000)).default(10))
      .option('--weights <weights>', 'such as clip=0.6,dino=0.4 (default: from config)', fusionWeights)
      .option(
        '--where <filter>',
        'only items that pass a filter, such as "price<50 and (brand=zara or size in (S, M)) and title~silk"',
      )
      .option('--min-score <x>', 'leave out items below this fused score', score)
      .option(
        '--min-confidence <p>',
        'leave out items that do not score above p % of unrelated ones, such as 99.9',
        percentage,
      )
      .option('--distinct', 'one hit for items with the same picture, or with copies of one')
      .option('--exact', 'look at every stored item instead of asking the index')
      .option('-f, --files', 'print the paths of the images, one a line, and nothing else')
      .option('--print0', 'the same for xargs -0: a NUL character behind each')
      .addOption(
        new Option('--pictures <how>', 'show the pictures in the terminal; auto: where it can')
          .choices(PICTURE_CHOICES)
          .default('auto'),
      )
      .option('--html <file>', 'write a page with the pictures, to look at in a browser'),
  );
}

interface Found extends LookAlikes {
  /** The hits' pictures, for a terminal that shows some; else `''`. */
  readonly pictures: string;
}

async function find(query: SearchQuery, options: Options, session: Session): Promise<Found> {
  const { loadStoreConfig } = await import('../planning/store-config.js');
  const { topK, weights, where, minScore, exact = false, distinct = false, minConfidence, html } = options;
  const config = await loadStoreConfig(options);
  const pageFile = html === undefined ? undefined : await OutputFile.open(html, 'page');
  const isForPipes = options.files === true || options.print0 === true;
  const writer = isForPipes || options.json === true ? undefined : await pictureWriter(options, session);
  const request = {
    ...{ query, topK, weights, where, minScore, minConfidence, exact, distinct, withPaths: isForPipes },
    // The table does not show it, so who reads that does not wait for it.
    isJudged: options.json === true || minConfidence !== undefined,
  };
  if (!pageFile && !writer && !readsStandardInput(query)) {
    const { askResident } = await import('../resident/ask-resident.js');
    const found = await askResident(config, request, session.terminal.env);
    if (found) return { ...found, pictures: '' };
  }
  const { openSimilaritySearch } = await import('@fashionmatch/pipeline');
  const { findLookAlikes } = await import('../resident/look-alikes.js');
  const { searchPage } = await import('../pages/search-page.js');
  const { logger, progress } = session;
  const loadModels = 'path' in query || 'parts' in query;
  await using opened = await openSimilaritySearch({ config, logger, progress, loadModels });
  const found = await findLookAlikes(opened, request, (parts) => readParts(parts, config, session.terminal.stdin));
  if (found.isEmpty && !options.quiet) progress.write(EMPTY_NOTE);
  const used = hasText(query) ? undefined : (weights ?? opened.scorer.weights);
  await pageFile?.write(searchPage(query, { topK, weights: used, where, minScore, exact }, found.hits, opened));
  if (!writer || found.hits.length === 0) return { ...found, pictures: '' };
  const { contactSheet } = await import('../pictures/contact-sheet.js');
  return { ...found, pictures: await contactSheet(found.hits, opened, writer, columnsOf(session.terminal)) };
}

function readsStandardInput(query: SearchQuery): boolean {
  return 'parts' in query && query.parts.some((part) => 'path' in part && part.path === '-');
}

/** Undefined where the terminal shows no pictures, or they are not wanted. */
async function pictureWriter(
  { pictures, quiet }: Options,
  { terminal, progress }: Session,
): Promise<PictureWriter | undefined> {
  const isAskedFor = pictures !== 'auto' && pictures !== 'none';
  if (isAskedFor && !quiet && !printsToTerminal(terminal)) progress.write(NO_TERMINAL_NOTE);
  const { openPictureWriter } = await import('../pictures/picture-writer.js');
  // A bar that is drawn meanwhile would stand between a question and its answer.
  progress.close();
  return openPictureWriter(terminal, pictures);
}

function queryDocument(query: SearchQuery, { where }: Options): object {
  return { ...query, ...(hasText(query) && { space: 'clip' }), where };
}

/** Whether it has words, which only the CLIP space knows. */
function hasText(query: SearchQuery): boolean {
  return 'text' in query || ('parts' in query && query.parts.some((part) => 'text' in part));
}

/** @throws FashionMatchError `USAGE_INVALID` when it is not clear, or has words and what these do not go with. */
function queryOf(paths: readonly string[], options: Options): SearchQuery {
  const query = searchQuery({ paths, ...options });
  if (!hasText(query)) return query;
  if (options.weights !== undefined) {
    throw new FashionMatchError('USAGE_INVALID', 'A text is compared with CLIP vectors only: leave out --weights.');
  }
  if (options.minConfidence !== undefined) {
    throw new FashionMatchError(
      'USAGE_INVALID',
      'What a score is worth is known of pictures only: leave out --min-confidence.',
    );
  }
  return query;
}
