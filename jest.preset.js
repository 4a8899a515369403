/** Shared by every package: `unit` needs nothing but the source; `integration` uses real servers and models. */
const shared = {
  testEnvironmentOptions: { customExportConditions: ['@fashionmatch/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

export const preset = (root) => ({
  passWithNoTests: true,
  projects: [
    {
      ...shared,
      testEnvironment: `${root}/jest.environment.js`,
      displayName: 'unit',
      testMatch: ['<rootDir>/src/**/*.test.ts'],
      testPathIgnorePatterns: ['\\.integration\\.test\\.ts$', '/dist/'],
    },
    {
      ...shared,
      testEnvironment: `${root}/jest.environment.js`,
      displayName: 'integration',
      testMatch: ['<rootDir>/src/**/*.integration.test.ts'],
    },
  ],
});
