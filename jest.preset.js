import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const ROOT = import.meta.dirname;

/** A test's file name says what it needs, and which command runs it: CONTRIBUTING.md has the rule. */
const KINDS = {
  unit: { testMatch: ['<rootDir>/src/**/*.test.ts'], testPathIgnorePatterns: ['\\.(integration|long)\\.test\\.ts$'] },
  integration: { testMatch: ['<rootDir>/src/**/*.integration.test.ts'] },
  long: { testMatch: ['<rootDir>/src/**/*.long.test.ts'] },
};

const shared = {
  testEnvironment: join(ROOT, 'jest.environment.js'),
  testEnvironmentOptions: { customExportConditions: ['@fashionmatch/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      join(ROOT, 'jest.transform.js'),
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

/** The Jest configuration of packages, by their folders. */
export const preset = (...folders) => ({
  passWithNoTests: true,
  // Much of what a test waits for is another process.
  maxWorkers: Math.min(8, Math.max(4, availableParallelism() / 2)),
  // Guards against hanging only: machines can be busy.
  testTimeout: 10 * 60_000,
  globalSetup: join(ROOT, 'jest.setup.js'),
  globalTeardown: join(ROOT, 'jest.teardown.js'),
  reporters: ['default', join(ROOT, 'jest.progress.js')],
  projects: folders.flatMap((rootDir) =>
    Object.entries(KINDS).map(([displayName, files]) => ({ ...shared, ...files, displayName, rootDir })),
  ),
});
