import { join } from 'node:path';
import { ensureInstalled, ensurePageBuilt, run } from './workspace.mjs';

ensureInstalled();
ensurePageBuilt();
run('tsc', [
  '--build',
  join('apps', 'smart-meter', 'tsconfig.app.json'),
  join('tools', 'bench', 'tsconfig.lib.json'),
]);
run('node', [
  '--expose-gc',
  '--disable-warning=ExperimentalWarning',
  join('tools', 'bench', 'dist', 'main.js'),
  ...process.argv.slice(2),
]);
