import { spawn } from 'node:child_process';
import { join } from 'node:path';
import {
  allocatorEnvironment,
  ensureInstalled,
  ensurePageBuilt,
  nodeFlags,
  run,
  workspaceEnvironment,
  workspaceRoot,
} from './workspace.mjs';

ensureInstalled();
ensurePageBuilt();
run('tsc', ['--build', join('apps', 'smart-meter', 'tsconfig.app.json')]);

const service = spawn(
  join(workspaceRoot, 'node_modules', '.bin', 'node'),
  [...nodeFlags, join(workspaceRoot, 'apps', 'smart-meter', 'dist', 'main.js'), ...process.argv.slice(2)],
  { cwd: workspaceRoot, stdio: 'inherit', env: { ...allocatorEnvironment, ...workspaceEnvironment } },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => service.kill(signal));
service.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
