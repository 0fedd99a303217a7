import { join } from 'node:path';
import { ensureInstalled, run } from './workspace.mjs';

ensureInstalled();
run('tsc', ['--build', join('tools', 'bench-correlation', 'tsconfig.lib.json')]);
run('node', [
  '--disable-warning=ExperimentalWarning',
  join('tools', 'bench-correlation', 'dist', 'main.js'),
  ...process.argv.slice(2),
]);
