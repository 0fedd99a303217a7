import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { linkLibraries, workspaceCopy } from './support/workspace-copy';

const LIBRARY = 'libs/adapters/acme-energy';

jest.setTimeout(180_000);

describe('nx g ./tools/generators:adapter acme-energy', () => {
  let copy: string;

  beforeAll(() => {
    copy = workspaceCopy();
    const { status, output } = runTool('nx', [
      'g',
      './tools/generators:adapter',
      'acme-energy',
      '--no-interactive',
    ]);
    if (status !== 0) throw new Error(output);
    linkLibraries(copy);
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it('makes a library that compiles, and a service that compiles with it', () => {
    const projects = [LIBRARY, 'apps/smart-meter/tsconfig.app.json'];
    expect(runTool('tsc', ['--build', ...projects, '--emitDeclarationOnly'])).toEqual({
      status: 0,
      output: '',
    });
  });

  it('writes as the workspace is written', () => {
    const written = [
      LIBRARY,
      'apps/smart-meter/package.json',
      'apps/smart-meter/src/meters',
      'tsconfig.json',
    ];
    expect(runTool('prettier', ['--check', ...written])).toMatchObject({ status: 0 });
    expect(runTool('eslint', [LIBRARY])).toEqual({ status: 0, output: '' });
  });

  it('leaves a conformance suite that fails only for what the meter does not do yet', () => {
    const { status, output } = runTool('jest', [
      '--rootDir',
      LIBRARY,
      '--config',
      `${LIBRARY}/jest.config.cts`,
    ]);
    expect(status).toBe(1);
    const failed = [...output.matchAll(/✕ ([^(\n]+)/g)].map(([, title = '']) => title.trim());
    expect(failed).toEqual([
      'finds a healthy source in order',
      'reads sound values',
      'keeps the circuits under the same ids from reading to reading',
    ]);
  });

  it('makes it known to the service: a catalogue line, settings that .env.example names', () => {
    expect(read('apps/smart-meter/src/meters/catalogue.ts')).toContain('\n  acmeEnergyMeter,\n');
    expect(read('.env.example')).toMatch(/^# --- METER_TYPE=acme_energy -+\n\n# .*\n#ACME_ENERGY_HOST=/m);
    const { status, output } = runTool('jest', [
      '--config',
      'apps/smart-meter/jest.config.cts',
      'env-example',
    ]);
    expect([status, output]).toEqual([0, expect.stringContaining('names every setting once')]);
  });

  it('makes nothing twice', () => {
    const { status, output } = runTool('nx', [
      'g',
      './tools/generators:adapter',
      'acme-energy',
      '--no-interactive',
    ]);
    expect([status, output]).toEqual([1, expect.stringContaining('is there already')]);
  });

  const read = (path: string) => readFileSync(join(copy, path), 'utf8');

  function runTool(tool: string, args: string[]): { status: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync(join(copy, 'node_modules', '.bin', tool), args, {
      cwd: copy,
      encoding: 'utf8',
      env: {
        ...process.env,
        NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
        NX_DAEMON: 'false',
        NX_ISOLATE_PLUGINS: 'false',
        NX_NO_CLOUD: 'true',
        NX_TUI: 'false',
        NX_WORKSPACE_ROOT_PATH: copy,
        NO_COLOR: '1',
        FORCE_COLOR: '0',
      },
    });
    return { status, output: stdout + stderr };
  }
});
