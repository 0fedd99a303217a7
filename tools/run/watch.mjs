import { existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { allocatorEnvironment, nodeFlags, workspaceEnvironment, workspaceRoot } from './workspace.mjs';

// Runs a compiled service and starts it anew whenever it was compiled anew.
const program = join(workspaceRoot, process.argv[2] ?? '');
while (!existsSync(program)) await setTimeout(200);
const service = spawn(
  join(workspaceRoot, 'node_modules', '.bin', 'node'),
  ['--watch', '--watch-preserve-output', ...nodeFlags, program],
  { cwd: workspaceRoot, stdio: 'inherit', env: { ...allocatorEnvironment, ...workspaceEnvironment } },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => service.kill(signal));
service.on('exit', (code) => process.exit(code ?? 0));
