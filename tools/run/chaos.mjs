import { join } from 'node:path';
import { ensureInstalled, run } from './workspace.mjs';

ensureInstalled();
run('tsc', [
  '--build',
  join('apps', 'smart-meter', 'tsconfig.app.json'),
  join('tools', 'chaos', 'tsconfig.lib.json'),
]);
run('node', [
  '--disable-warning=ExperimentalWarning',
  join('tools', 'chaos', 'dist', 'main.js'),
  ...process.argv.slice(2),
]);
