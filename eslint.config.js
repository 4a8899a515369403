import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

const NATIVE_LIBRARIES = [
  { library: 'sharp', file: 'packages/encoders/src/images/sharp-library.ts' },
  { library: 'onnxruntime-node', file: 'packages/encoders/src/onnx/onnx-runtime.ts' },
  { library: 'chromadb', file: 'packages/storage/src/chroma/connection/chroma-client.ts' },
  { library: 'bullmq', file: 'packages/queue/src/bull-work-queue.ts' },
  { library: 'lmdb', file: 'packages/storage/src/journal/lmdb-table.ts' },
];

/** The graph of packages is the architecture: each line says what a package may import, and why not more. */
const LAYERS = [
  {
    layer: 'domain',
    mayImport: [],
    because: 'The domain is pure: it imports nothing but itself. Put what needs a library behind a port.',
  },
  {
    layer: 'encoders',
    mayImport: ['domain'],
    because: 'Adapters know the domain and never each other: let the pipeline bring them together.',
  },
  {
    layer: 'storage',
    mayImport: ['domain'],
    because: 'Adapters know the domain and never each other: let the pipeline bring them together.',
  },
  {
    layer: 'queue',
    mayImport: ['domain'],
    because: 'Adapters know the domain and never each other: let the pipeline bring them together.',
  },
  {
    layer: 'pipeline',
    mayImport: ['domain'],
    because:
      'The application knows ports only: adapters are wired in pipeline/src/container, for those whom pipeline/src/entry-points serves.',
  },
  {
    layer: 'container',
    mayImport: ['domain', 'pipeline', 'encoders', 'storage', 'queue'],
    because: 'The container wires adapters and application; it knows neither the entry points nor the command line.',
  },
  {
    layer: 'entry-points',
    mayImport: ['domain', 'pipeline', 'container'],
    because: 'Entry points ask the container, which alone names adapters.',
  },
  {
    layer: 'cli',
    mayImport: ['domain', 'pipeline'],
    because: 'The command line knows the pipeline, not its adapters.',
  },
];

const layerNames = LAYERS.map(({ layer }) => layer);

const layerPolicies = LAYERS.map(({ layer, mayImport, because }) => ({
  // What a package offers is from all of its layers.
  from: { element: { type: layer }, file: { categories: { noneOf: ['index'] } } },
  disallow: {
    to: {
      element: {
        types: { anyOf: [...layerNames, 'tools'].filter((name) => name !== layer && !mayImport.includes(name)) },
      },
    },
  },
  message: because,
}));

const domainPolicies = [
  {
    from: { element: { type: 'domain' }, file: { categories: { noneOf: ['test', 'contract'] } } },
    disallow: { to: { module: { origin: ['external', 'core'] } } },
    message: LAYERS[0]?.because,
  },
  {
    // The contract suites need a way to fail that every test runner understands.
    from: { element: { type: 'domain' }, file: { categories: { anyOf: ['contract'], noneOf: ['test'] } } },
    disallow: { to: { module: { origin: 'external' } } },
    message: 'The contract suites run under any test runner: they may use node:assert/strict, nothing else.',
  },
];

const nativePolicies = NATIVE_LIBRARIES.map(({ library, file }) => ({
  from: { element: { types: { anyOf: layerNames } }, file: { categories: { noneOf: ['test', library] } } },
  disallow: { to: { module: { source: library } } },
  message: `Only ${file} imports ${library}: use what that file offers.`,
}));

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', '.nx/', 'coverage/'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './apps/cli/src/server/page/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { boundaries },
    settings: {
      'boundaries/root-path': import.meta.dirname,
      'boundaries/elements': [
        { type: 'domain', pattern: 'packages/domain/src' },
        { type: 'encoders', pattern: 'packages/encoders/src' },
        { type: 'storage', pattern: 'packages/storage/src' },
        { type: 'queue', pattern: 'packages/queue/src' },
        { type: 'container', pattern: 'packages/pipeline/src/container' },
        { type: 'entry-points', pattern: 'packages/pipeline/src/entry-points' },
        { type: 'pipeline', pattern: 'packages/pipeline/src' },
        { type: 'cli', pattern: 'apps/cli/src' },
        { type: 'tools', pattern: 'tools/src' },
      ],
      'boundaries/files': [
        // Every file has a category, for a file without any matches no `noneOf`.
        { category: 'source', pattern: '**/*.{ts,tsx}' },
        { category: 'test', pattern: '**/*.test.ts' },
        { category: 'index', pattern: 'packages/pipeline/src/index.ts' },
        { category: 'contract', pattern: 'packages/domain/src/testing/**/*.ts' },
        ...NATIVE_LIBRARIES.map(({ library, file }) => ({ category: library, pattern: file })),
      ],
      'import/resolver': {
        typescript: {
          project: './tsconfig.json',
          conditionNames: ['@fashionmatch/source', 'import', 'node', 'default'],
        },
      },
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'allow',
          checkAllOrigins: true,
          policies: [...layerPolicies, ...domainPolicies, ...nativePolicies],
        },
      ],
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // An empty environment variable is as good as none.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    // The help of one command loads the files of all.
    files: ['apps/cli/src/{commands,declaration}/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [
                '@fashionmatch/pipeline',
                'fastify',
                '../pages/*',
                '../pictures/contact-sheet.js',
                '../pictures/picture-writer.js',
                '../server/server.js',
                '../metrics/*',
                '../planning/dry-run.js',
                '../planning/source-config.js',
                '../planning/store-config.js',
                '../planning/run-configs.js',
              ],
              allowTypeImports: true,
              message: 'This takes time to load: import it in the action of the command.',
            },
          ],
        },
      ],
    },
  },
  {
    // CONTRIBUTING.md says so; a suite is as long as what it covers.
    files: ['{packages,apps}/*/src/**/*.{ts,tsx}', '{examples,tools}/src/**/*.ts'],
    ignores: ['**/*.test.ts', 'packages/domain/src/testing/**/*.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 60 }] },
  },
  {
    files: ['**/*.test.ts', 'packages/domain/src/testing/**/*.ts'],
    rules: {
      // What a test reads back is what it is there to find out.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
  {
    // Short programs that print, and read back what they wrote themselves.
    files: ['examples/src/*.ts'],
    rules: {
      'no-console': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
