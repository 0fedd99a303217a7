import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const contract = ['layer:contract'];
const adapterMayUse = [...contract, 'layer:http'];
const libraries = [...adapterMayUse, 'layer:adapter', 'layer:store', 'layer:engine', 'layer:service'];
const development = [...libraries, 'layer:testkit', 'layer:tool', 'layer:app'];
const noNest = { bannedExternalImports: ['@nestjs/*'] };

/** Who may import whom in production code. */
const productionBoundaries = [
  { sourceTag: 'layer:contract', onlyDependOnLibsWithTags: [], ...noNest },
  { sourceTag: 'layer:engine', onlyDependOnLibsWithTags: [], ...noNest },
  { sourceTag: 'layer:http', onlyDependOnLibsWithTags: contract, ...noNest },
  { sourceTag: 'layer:adapter', onlyDependOnLibsWithTags: adapterMayUse, ...noNest },
  { sourceTag: 'layer:store', onlyDependOnLibsWithTags: contract, ...noNest },
  { sourceTag: 'layer:testkit', onlyDependOnLibsWithTags: contract, ...noNest },
  { sourceTag: 'layer:service', onlyDependOnLibsWithTags: contract },
  { sourceTag: 'layer:app', onlyDependOnLibsWithTags: libraries },
  { sourceTag: 'layer:tool', onlyDependOnLibsWithTags: [...libraries, 'layer:tool', 'layer:testkit'] },
];

const boundaries = (depConstraints) => [
  'error',
  { enforceBuildableLibDependency: false, allow: [], depConstraints },
];

export default tseslint.config(
  {
    ignores: [
      '**/dist',
      '**/out-tsc',
      '**/node_modules',
      '**/testdata',
      'test-results',
      'tmp',
      '**/generators/**/files',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': boundaries(productionBoundaries),
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'off',
      'no-restricted-exports': [
        'error',
        { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'The environment is read in one place per app.' },
      ],
      'max-lines': ['warn', { max: 450, skipBlankLines: true }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.spec.ts', '**/test/**/*.ts', '**/testing/**/*.ts', 'tools/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': boundaries([
        { sourceTag: '*', onlyDependOnLibsWithTags: development },
      ]),
      'no-restricted-properties': 'off',
      'max-lines': 'off',
    },
  },
  {
    files: ['apps/*/src/main.ts', 'apps/*/src/cli.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['**/*.cjs', '**/*.cts', '**/*.mjs'],
    languageOptions: {
      globals: {
        module: 'writable',
        exports: 'writable',
        require: 'readonly',
        __dirname: 'readonly',
        process: 'readonly',
        console: 'readonly',
        setTimeout: 'readonly',
        AbortController: 'readonly',
      },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off', 'no-restricted-exports': 'off' },
  },
);
