import { Argument, Command, Option } from 'commander';

import {
  CONFIG_TASKS,
  LOG_LEVELS,
  MODELS_TASKS,
  MODES,
  SHELLS,
  type CommandActions,
  type CommonOptions,
  type ConfigTask,
  type EmbedOptions,
  type ImportOptions,
  type ModelsOptions,
  type ModelsTask,
  type RetryOptions,
  type SearchOptions,
  type ServeOptions,
  type Shell,
  type SourcesOptions,
  type StatusOptions,
  type VerifyOptions,
  type WatchOptions,
} from './command-options.js';
import { failureLimit, fusionWeights, globs, logFilePath, score, wholeNumber } from './option-values.js';

const ARCHIVE_FILE = 'NAME.parquet, or NAME.npy for NAME.clip.npy, NAME.dino.npy, NAME.jsonl and NAME.json';

/** The whole command line: names, options, defaults and help, and nothing that takes time to load. */
export function commandLine(version: string, actions: CommandActions): Command {
  const program = new Command('fashionmatch')
    .description('Dual image embeddings (CLIP and DINOv2) of fashion photographs, kept in step in ChromaDB.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false);

  const embed = withExamples(program.command('embed'), [
    'fashionmatch embed',
    'fashionmatch embed --mode references --references-dir photos',
    'fashionmatch embed --mode scraped --json > result.json',
  ])
    .description('turn reference images and scraped batches into embeddings in the store')
    .addOption(new Option('--mode <mode>', 'which sources').choices(MODES).default('all'))
    .option('--references-dir <dir>', 'reference images, recursive (default: from config)')
    .option('--scraped-dir <dir>', 'scraped batches (default: from config)')
    .option('--batch-size <n>', 'images per encoding call, 1 to 1024 (default: from config, 32)', wholeNumber(1, 1024))
    .option('--force', 'clear the store first; asks to type yes')
    .option('--purge-journal', 'with --force: forget the vectors too, and encode every image again')
    .option('-n, --dry-run', 'say what would be done, and touch nothing')
    .option('--download-images', 'fetch images that a listing has only an address of')
    .option('--prune', 'remove stored items whose file or listing is gone')
    .option('--rehash', 'read every file again, also those whose size and time are what they were')
    .option('--limit <n>', 'stop after n new items', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--max-failures <n|p%>', 'stop with exit 1 when more items than that fail', failureLimit)
    .option('--failures-file <path>', 'write one JSON object a line for each failed item')
    .option('--profile', 'tell the time of each stage, and what bounded the run')
    .option('--report <file>', 'write a page about the run, with pictures, to look at in a browser');
  withSourceOptions(embed);
  withCommonOptions(embed).action((options: EmbedOptions) => actions.embed(options));

  const retry = withExamples(program.command('retry'), [
    'fashionmatch embed --failures-file failed.jsonl',
    'fashionmatch retry failed.jsonl',
  ])
    .description('run again only what failed, from a file that embed --failures-file wrote')
    .addArgument(new Argument('<file>', 'the failures file'))
    .option('--batch-size <n>', 'images per encoding call, 1 to 1024', wholeNumber(1, 1024))
    .option('--download-images', 'fetch images that a listing has only an address of')
    .option('--failures-file <path>', 'write one JSON object a line for each item that fails again');
  withSourceOptions(retry);
  withCommonOptions(retry).action((file: string, options: RetryOptions) => actions.retry(file, options));

  const search = withExamples(program.command('search'), [
    'fashionmatch search photos/red-dress.jpg',
    'fashionmatch search --id vinted_12345 --top-k 5',
    'fashionmatch search --text "a red summer dress"',
    "fashionmatch search photos/red-dress.jpg --where 'price<50 and brand=Zara'",
    'fashionmatch search photos/red-dress.jpg --html look-alikes.html',
  ])
    .description('find the stored items that look most like an image')
    .addArgument(new Argument('[path]', 'an image file'))
    .option('--id <item-id>', 'a stored item instead of an image')
    .option('--text <text>', 'words instead of an image; needs CLIP, and compares with the CLIP vectors only')
    .addOption(new Option('-k, --top-k <n>', 'how many items').argParser(wholeNumber(1, 10_000)).default(10))
    .option('--weights <weights>', 'such as clip=0.6,dino=0.4 (default: from config)', fusionWeights)
    .option('--where <filter>', 'only items that pass a filter, such as "price<50 and (brand=Zara or size in (S, M))"')
    .option('--min-score <x>', 'leave out items below this fused score', score)
    .option('--exact', 'look at every stored item instead of asking the index')
    .option('--html <file>', 'write a page with the pictures, to look at in a browser');
  withCommonOptions(search).action((path: string | undefined, options: SearchOptions) => actions.search(path, options));

  const serve = withExamples(program.command('serve'), ['fashionmatch serve', 'fashionmatch serve --port 8080'])
    .description('a local web page to search with: drop a photo, or click an item')
    .option('--port <n>', 'where to listen; 0 for any free port (default: 3210, or a free one)', wholeNumber(0, 65_535))
    .option('--host <name>', 'who can reach it; beyond this machine a token is needed', '127.0.0.1');
  withCommonOptions(serve).action((options: ServeOptions) => actions.serve(options));

  const sources = withExamples(program.command('sources'), [
    'fashionmatch sources',
    'fashionmatch sources --scraped-dir ~/scraper/output --json',
  ])
    .description('what of the folders is recognised, how it is read, three items of each, and what is left out')
    .option('--references-dir <dir>', 'reference images, recursive (default: from config)')
    .option('--scraped-dir <dir>', 'scraped batches (default: from config)');
  withSourceOptions(sources);
  withCommonOptions(sources).action((options: SourcesOptions) => actions.sources(options));

  const status = withExamples(program.command('status'), ['fashionmatch status', 'fashionmatch status --check --json'])
    .description('what is stored: items, encoders, size on disk, and who has the store open')
    .option('--check', 'exit 4 when the two collections do not have the same items');
  withCommonOptions(status).action((options: StatusOptions) => actions.status(options));

  const verify = withExamples(program.command('verify'), ['fashionmatch verify', 'fashionmatch verify --repair --yes'])
    .description('read every vector of both collections, and say what is wrong; exit 4 when something is')
    .option('--repair', 'mend what is wrong: from the journal, else from the files; asks before it removes anything')
    .option('--encode <n>', 'encode n images again, imported ones first, and compare', wholeNumber(1, 100_000_000));
  withCommonOptions(verify).action((options: VerifyOptions) => actions.verify(options));

  const models = withExamples(program.command('models'), [
    'fashionmatch models list',
    'fashionmatch models pull --text',
    'fashionmatch models verify --json',
    'fashionmatch models compare --references-dir photos',
  ])
    .description('the models of the config: where they are, download, check; compare int8 with fp32')
    .addArgument(new Argument('<task>', 'what to do').choices(MODELS_TASKS))
    .option('--text', 'what `search --text` needs as well')
    .option('--references-dir <dir>', 'compare: the photographs to compare on (default: from config)')
    .option('--images <n>', 'compare: at most so many of them', wholeNumber(1, 10_000), 200);
  withCommonOptions(models).action((task: ModelsTask, options: ModelsOptions) => actions.models(task, options));

  const config = withExamples(program.command('config'), [
    'fashionmatch config init',
    'fashionmatch config show',
    'fashionmatch config schema > config.schema.json',
  ])
    .description('write a commented config file, or print what holds and why, or the keys there are')
    .addArgument(new Argument('<task>', 'what to do').choices(CONFIG_TASKS));
  withCommonOptions(config).action((task: ConfigTask, options: CommonOptions) => actions.config(task, options));

  const watch = withExamples(program.command('watch'), [
    'fashionmatch watch',
    'fashionmatch watch --mode references --references-dir photos --json',
  ])
    .description('embed what appears in the folders, until it is interrupted')
    .addOption(new Option('--mode <mode>', 'which sources').choices(MODES).default('all'))
    .option('--references-dir <dir>', 'reference images, recursive (default: from config)')
    .option('--scraped-dir <dir>', 'scraped batches (default: from config)')
    .addOption(
      new Option('--quiet-for <s>', 'seconds without a change before a run')
        .argParser(wholeNumber(1, 3_600))
        .default(2),
    )
    .addOption(
      new Option('--at-most <s>', 'seconds after a change when a run begins anyway')
        .argParser(wholeNumber(1, 86_400))
        .default(60),
    );
  withSourceOptions(watch);
  withCommonOptions(watch).action((options: WatchOptions) => actions.watch(options));

  const doctor = withExamples(program.command('doctor'), [
    'fashionmatch doctor',
    'fashionmatch doctor --json',
  ]).description('run every part once on this machine, and say what is wrong and what to do; downloads nothing');
  withCommonOptions(doctor).action((options: CommonOptions) => actions.doctor(options));

  const exporting = withExamples(program.command('export'), [
    'fashionmatch export team.parquet',
    'fashionmatch export team.npy --yes',
  ])
    .description('write every stored item with its vectors to a file, for others to import or to read in Python')
    .addArgument(new Argument('<file>', ARCHIVE_FILE));
  withCommonOptions(exporting).action((file: string, options: CommonOptions) => actions.export(file, options));

  const importing = withExamples(program.command('import'), [
    'fashionmatch import team.parquet',
    'fashionmatch import team.npy --json',
  ])
    .description('store the items of a file that export wrote; vectors of images that are here are compared first')
    .addArgument(new Argument('<file>', ARCHIVE_FILE))
    .option('--check', 'compare all images that are here, not just a sample, and leave out what is wrong');
  withCommonOptions(importing).action((file: string, options: ImportOptions) => actions.import(file, options));

  withExamples(program.command('completion'), [
    'source <(fashionmatch completion bash)',
    'fashionmatch completion zsh > ~/.zfunc/_fashionmatch',
    'fashionmatch completion fish > ~/.config/fish/completions/fashionmatch.fish',
  ])
    .description('print a script with which a shell completes commands and options')
    .addArgument(new Argument('<shell>', 'which one').choices(SHELLS))
    .action((shell: Shell) => actions.completion(shell));

  return program;
}

function withSourceOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--exclude <glob>', 'leave out files and folders of such a name or path; may be given again')
        .argParser(globs)
        .default([], 'what the config says'),
    )
    .option('--include-hidden', 'list names that begin with a dot as well');
}

function withCommonOptions(command: Command): Command {
  return command
    .option('--config <path>', 'config file (default: config/config.yaml when it exists)')
    .option('--json', 'print one JSON document, and nothing else, on standard output')
    .addOption(new Option('--log-level <level>', 'least severe event to log (default: info)').choices(LOG_LEVELS))
    .addOption(
      new Option('--log-format <format>', 'default: pretty on a terminal, else json').choices(['pretty', 'json']),
    )
    .option('--log-file <path>', 'add the log to a file as well, one JSON object a line', logFilePath)
    .option('-v, --verbose', 'log level debug')
    .option('-q, --quiet', 'log level error, and no progress')
    .option('--no-progress', 'no progress bars')
    .option('--no-color', 'no colours (also: NO_COLOR, TERM=dumb)')
    .option('--yes', 'answer yes to every confirmation')
    .option('--no-input', 'never ask: a confirmation that is needed fails');
}

/** Examples come before the options: they are what most readers look for. */
function withExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText('before', `Examples:\n${examples.map((example) => `  ${example}`).join('\n')}\n`);
}
