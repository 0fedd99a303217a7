import { join } from 'node:path';
import { ensureInstalled, run } from './workspace.mjs';

ensureInstalled();
run('tsc', [
  '--build',
  join('apps', 'smart-meter', 'tsconfig.app.json'),
  join('apps', 'energy-correlator', 'tsconfig.app.json'),
  join('tools', 'end-to-end', 'tsconfig.lib.json'),
]);
run('node', [
  '--disable-warning=ExperimentalWarning',
  join('tools', 'end-to-end', 'dist', 'main.js'),
  ...process.argv.slice(2),
]);
