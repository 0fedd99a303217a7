import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { countTests } from './count-tests.mjs';
import { ensureInstalled, tryRun, workspaceRoot } from './workspace.mjs';

ensureInstalled();
rmSync(join(workspaceRoot, 'test-results'), { recursive: true, force: true });
const status = tryRun('nx', [
  'run-many',
  '-t',
  'test',
  '--parallel=2',
  '--outputStyle=static',
  ...process.argv.slice(2),
]);
const { passed, failed, skipped } = countTests();
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(status === 0 && failed === 0 && passed > 0 ? 0 : 1);
