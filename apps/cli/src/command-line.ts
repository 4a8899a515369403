import { Argument, Command, InvalidArgumentError, Option } from 'commander';

/** Options that every command takes. */
export interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly logLevel?: LogLevel;
  readonly logFormat?: 'pretty' | 'json';
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  readonly progress: boolean;
  readonly color: boolean;
  readonly yes?: boolean;
  readonly input: boolean;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export const MODES = ['all', 'references', 'scraped'] as const;

export interface EmbedOptions extends CommonOptions {
  readonly mode: (typeof MODES)[number];
  readonly referencesDir?: string;
  readonly scrapedDir?: string;
  readonly batchSize?: number;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly prune?: boolean;
  readonly limit?: number;
  readonly maxFailures?: number | { readonly share: number };
  readonly failuresFile?: string;
}

export interface SearchOptions extends CommonOptions {
  readonly id?: string;
  readonly topK: number;
  readonly weights?: { readonly clip: number; readonly dino: number };
  readonly where?: string;
  readonly minScore?: number;
  readonly exact?: boolean;
}

export interface VerifyOptions extends CommonOptions {
  readonly repair?: boolean;
}

export const MODELS_TASKS = ['list', 'pull', 'verify'] as const;

export type ModelsTask = (typeof MODELS_TASKS)[number];

/** `retry`: the options of an embedding run that still mean something when its items are known. */
export type RetryOptions = CommonOptions & Pick<EmbedOptions, 'batchSize' | 'failuresFile'>;

const ARCHIVE_FILE = 'NAME.parquet, or NAME.npy for NAME.clip.npy, NAME.dino.npy, NAME.jsonl and NAME.json';

/** What the commands do; each is loaded only when it is called. */
export interface CommandActions {
  embed(options: EmbedOptions): Promise<void>;
  retry(file: string, options: RetryOptions): Promise<void>;
  search(path: string | undefined, options: SearchOptions): Promise<void>;
  verify(options: VerifyOptions): Promise<void>;
  models(task: ModelsTask, options: CommonOptions): Promise<void>;
  export(file: string, options: CommonOptions): Promise<void>;
  import(file: string, options: CommonOptions): Promise<void>;
}

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
    .option('-n, --dry-run', 'say what would be done, and touch nothing')
    .option('--prune', 'remove stored items whose file or listing is gone')
    .option('--limit <n>', 'stop after n new items', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--max-failures <n|p%>', 'stop with exit 1 when more items than that fail', failureLimit)
    .option('--failures-file <path>', 'write one JSON object a line for each failed item');
  withCommonOptions(embed).action((options: EmbedOptions) => actions.embed(options));

  const retry = withExamples(program.command('retry'), [
    'fashionmatch embed --failures-file failed.jsonl',
    'fashionmatch retry failed.jsonl',
  ])
    .description('run again only what failed, from a file that embed --failures-file wrote')
    .addArgument(new Argument('<file>', 'the failures file'))
    .option('--batch-size <n>', 'images per encoding call, 1 to 1024', wholeNumber(1, 1024))
    .option('--failures-file <path>', 'write one JSON object a line for each item that fails again');
  withCommonOptions(retry).action((file: string, options: RetryOptions) => actions.retry(file, options));

  const search = withExamples(program.command('search'), [
    'fashionmatch search photos/red-dress.jpg',
    'fashionmatch search --id vinted_12345 --top-k 5',
    "fashionmatch search photos/red-dress.jpg --where 'price<50 and brand=Zara'",
  ])
    .description('find the stored items that look most like an image')
    .addArgument(new Argument('[path]', 'an image file'))
    .option('--id <item-id>', 'a stored item instead of an image')
    .addOption(new Option('-k, --top-k <n>', 'how many items').argParser(wholeNumber(1, 10_000)).default(10))
    .option('--weights <weights>', 'such as clip=0.6,dino=0.4 (default: from config)', fusionWeights)
    .option('--where <filter>', 'only items that pass a filter, such as "price<50 and (brand=Zara or size in (S, M))"')
    .option('--min-score <x>', 'leave out items below this fused score', score)
    .option('--exact', 'look at every stored item instead of asking the index');
  withCommonOptions(search).action((path: string | undefined, options: SearchOptions) => actions.search(path, options));

  const verify = withExamples(program.command('verify'), ['fashionmatch verify', 'fashionmatch verify --repair --yes'])
    .description('read every vector of both collections, and say what is wrong; exit 4 when something is')
    .option('--repair', 'mend what is wrong: from the journal, else from the files; asks before it removes anything');
  withCommonOptions(verify).action((options: VerifyOptions) => actions.verify(options));

  const models = withExamples(program.command('models'), [
    'fashionmatch models list',
    'fashionmatch models pull',
    'fashionmatch models verify --json',
  ])
    .description('the models of the config: where they are, download, check')
    .addArgument(new Argument('<task>', 'what to do').choices(MODELS_TASKS));
  withCommonOptions(models).action((task: ModelsTask, options: CommonOptions) => actions.models(task, options));

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
    .description('store the items of a file that export wrote: nothing is encoded again')
    .addArgument(new Argument('<file>', ARCHIVE_FILE));
  withCommonOptions(importing).action((file: string, options: CommonOptions) => actions.import(file, options));

  return program;
}

function withCommonOptions(command: Command): Command {
  return command
    .option('--config <path>', 'config file (default: config/config.yaml when it exists)')
    .option('--json', 'print one JSON document, and nothing else, on standard output')
    .addOption(new Option('--log-level <level>', 'least severe event to log (default: info)').choices(LOG_LEVELS))
    .addOption(
      new Option('--log-format <format>', 'default: pretty on a terminal, else json').choices(['pretty', 'json']),
    )
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

/** `5` items, or `10%` of the listing. */
function failureLimit(text: string): number | { share: number } {
  const [, number = '', percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  if (percent === '%' && Number(number) <= 100) return { share: Number(number) / 100 };
  if (percent === '' && Number.isSafeInteger(Number(number))) return Number(number);
  throw new InvalidArgumentError('It must be a whole number, or a percentage such as 10%.');
}

function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${String(minimum)} to ${String(maximum)}.`);
  };
}

function score(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= -1 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from -1 to 1.');
}

function fusionWeights(text: string): { clip: number; dino: number } {
  const match = /^clip=(\d+(?:\.\d+)?|\.\d+),dino=(\d+(?:\.\d+)?|\.\d+)$/.exec(text);
  const [clip, dino] = [Number(match?.[1]), Number(match?.[2])];
  if (clip + dino > 0) return { clip, dino };
  throw new InvalidArgumentError('It must look like clip=0.6,dino=0.4, not both 0.');
}
