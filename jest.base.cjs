const path = require('node:path');

/** One Jest configuration for every project; each project only says its name. */
exports.projectConfig = (displayName) => ({
  displayName,
  testEnvironment: 'node',
  testMatch: ['<rootDir>/src/**/*.spec.ts', '<rootDir>/test/**/*.spec.ts'],
  testEnvironmentOptions: {
    customExportConditions: ['@smart-meter/source', 'node', 'node-addons'],
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2023',
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  setupFiles: [path.join(__dirname, 'jest.setup.cjs')],
  passWithNoTests: true,
  reporters: ['default', [path.join(__dirname, 'jest.results-reporter.cjs'), { project: displayName }]],
});
