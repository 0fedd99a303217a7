import { ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeWithServer, freePort } from '@smart-meter/servers';
import { parse } from 'yaml';
import { serviceSettings } from '../src/configuration/settings';
import { METER_CATALOGUE } from '../src/meters/catalogue';
import { WORKSPACE } from './support/documentation';
import { DOCKER_COMPOSE, HADOLINT, SYSTEMD_ANALYZE } from './support/linters';
import { temporaryFolder, waitFor } from './support/running-service';

const deploy = (...path: string[]) => join(WORKSPACE, 'deploy', ...path);
const text = (path: string) => readFileSync(path, 'utf8');
const yaml = <T>(path: string) => parse(text(path), { merge: true }) as T;

interface Compose {
  services: Record<
    string,
    {
      image: string;
      command?: string[];
      read_only?: boolean;
      cap_drop?: string[];
      ports?: string[];
      environment?: Record<string, string>;
      volumes?: string[];
      build?: { target: string };
      profiles?: string[];
    }
  >;
  volumes: Record<string, null>;
}

const composeFile = join(WORKSPACE, 'docker-compose.yml');
const compose = yaml<Compose>(composeFile);
const dockerfile = text(join(WORKSPACE, 'Dockerfile'));
const appFolder = (...path: string[]) => deploy('home-assistant-app', ...path);

/** The flags that a service runs with, from where `npm start` takes them. */
const nodeFlags =
  (/nodeFlags = \[([^\]]*)\]/.exec(text(join(WORKSPACE, 'tools', 'run', 'workspace.mjs')))?.[1] ?? '').match(
    /--[^']+/g,
  ) ?? [];

function commandOf(file: string): string[] {
  const [, command = '[]'] = /^CMD (\[.*\])$/m.exec(file.slice(file.lastIndexOf('\nFROM '))) ?? [];
  return JSON.parse(command) as string[];
}

const settings: Record<string, { variable: string }>[] = [
  serviceSettings,
  ...METER_CATALOGUE.map((definition) => definition.settings),
];
const variables = new Set(settings.flatMap((some) => Object.values(some).map(({ variable }) => variable)));

describe('start commands', () => {
  it.each([
    ['the image', commandOf(dockerfile)],
    ['energy-correlator in the compose file', compose.services['energy-correlator']?.command ?? []],
    ['the Home Assistant app', commandOf(text(appFolder('Dockerfile')))],
    [
      'the systemd unit',
      (/^ExecStart=(.*)$/m.exec(text(deploy('systemd', 'smart-meter.service')))?.[1] ?? '').split(' '),
    ],
  ])('%s has the flags of npm start', (_name, [node, ...rest]) => {
    expect(nodeFlags.length).toBeGreaterThan(0);
    expect(node).toMatch(/(^|\/)node$/);
    expect(rest.slice(0, -1)).toEqual(nodeFlags);
    expect(rest.at(-1)).toMatch(/(main\.js|run\.mjs)$/);
  });
});

describe('the allocator', () => {
  const settingsOf = (path: string) =>
    [...text(path).matchAll(/^ {2}(MALLOC_\w+): '(\d+)',$/gm)].map(([, name, value]) => `${name}=${value}`);
  const assignments = settingsOf(join(WORKSPACE, 'tools', 'run', 'workspace.mjs'));

  it.each([
    ['the image', 'ENV ', dockerfile],
    ['the Home Assistant app', 'ENV ', text(appFolder('Dockerfile'))],
    ['the systemd unit', 'Environment=', text(deploy('systemd', 'smart-meter.service'))],
  ])('is set in %s as by npm start', (_name, keyword, file) => {
    expect(assignments).toHaveLength(3);
    expect(file.split('\n')).toContain(`${keyword}${assignments.join(' ')}`);
  });

  it('and the flags are the same where the service is measured', () => {
    const program = join(WORKSPACE, 'tools', 'bench', 'src', 'service', 'service-program.ts');
    expect(settingsOf(program)).toEqual(assignments);
    expect(text(program).match(/--[^']+/g)).toEqual(nodeFlags);
  });
});

describe('docker-compose.yml', () => {
  const own = ['smart-meter', 'energy-correlator', 'simulated-home'];

  it.each(own)('%s has no rights that it does not need', (name) => {
    expect(compose.services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  });

  it('opens every port on this machine alone', () => {
    const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('pins every image of others, builds targets that exist, and mounts what is there', () => {
    for (const [name, { image, build, volumes = [] }] of Object.entries(compose.services)) {
      expect(image).toMatch(own.includes(name) ? /:local$/ : /:v?\d+\.\d+/);
      if (build) expect(dockerfile).toContain(` AS ${build.target}\n`);
      for (const [source = ''] of volumes.map((volume) => volume.split(':'))) {
        if (source.startsWith('.')) statSync(join(WORKSPACE, source));
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it('gives smart-meter settings that it knows', () => {
    const environment = Object.keys(compose.services['smart-meter']?.environment ?? {});
    expect(environment.filter((name) => !variables.has(name))).toEqual([]);
  });

  it('gives energy-correlator settings that it knows', () => {
    const known = new Set(
      [
        ...text(join(WORKSPACE, 'apps', 'energy-correlator', '.env.example')).matchAll(/^#? ?([A-Z_]+)=/gm),
      ].map(([, name]) => name),
    );
    const environment = Object.keys(compose.services['energy-correlator']?.environment ?? {});
    expect(environment.length).toBeGreaterThan(5);
    expect(environment.filter((name) => !known.has(name))).toEqual([]);
  });
});

describeWithServer(DOCKER_COMPOSE, 'what docker compose makes of docker-compose.yml', () => {
  const config = (...parameters: string[]) =>
    DOCKER_COMPOSE.run('--file', composeFile, ...parameters, 'config', '--format', 'json');

  it.each([['*'], ['metrics'], ['simulated']])('is sound with the profile %s', (profile) => {
    const { status, output } = DOCKER_COMPOSE.run(
      ...['--file', composeFile, '--profile', profile, 'config', '--quiet'],
    );
    expect([status, output]).toEqual([0, '']);
  });

  it('reads the simulated home where that is asked for', () => {
    const { output } = config(...['--profile', 'simulated', '--env-file', deploy('simulated-home.env')]);
    const { services } = JSON.parse(output) as Compose;
    expect(services).toHaveProperty('simulated-home');
    for (const name of ['smart-meter', 'energy-correlator']) {
      expect(services[name]?.environment).toMatchObject({
        HOME_ASSISTANT_URL: 'http://simulated-home:8123',
        HOME_ASSISTANT_TOKEN: expect.stringMatching(/./),
      });
    }
  });

  it('would say so if it were not', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'broken.yml'), text(composeFile).replace('read_only:', 'readonly:'));
    const { status, output } = DOCKER_COMPOSE.run('--file', join(folder, 'broken.yml'), 'config', '--quiet');
    expect([status, output]).toEqual([1, expect.stringContaining('readonly')]);
  });
});

describe('Dockerfile', () => {
  it('runs without rights, watches its health and hands signals on', () => {
    const service = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(service).toMatch(/^USER 1000:1000$/m);
    expect(service).toMatch(/^HEALTHCHECK /m);
    expect(service).toMatch(/^ENTRYPOINT \["tini", "--"\]$/m);
  });
});

describeWithServer(HADOLINT, 'hadolint', () => {
  it.each([
    ['the image', join(WORKSPACE, 'Dockerfile')],
    ['the Home Assistant app', appFolder('Dockerfile')],
  ])('finds nothing in the Dockerfile of %s', (_name, path) => {
    expect(HADOLINT.run('--no-color', path)).toEqual({ status: 0, output: '' });
  });
});

describeWithServer(SYSTEMD_ANALYZE, 'the systemd unit', () => {
  let unit: string;

  beforeAll(() => {
    // What it starts is checked elsewhere and is not installed here.
    unit = join(temporaryFolder(), 'smart-meter.service');
    const source = text(deploy('systemd', 'smart-meter.service'));
    writeFileSync(
      unit,
      source.replace('/opt/smart-meter/node_modules/.bin/node', '/bin/sh').replace(/^Documentation=.*$/m, ''),
    );
  });

  it('is what systemd understands', () => {
    const { output } = SYSTEMD_ANALYZE.run('verify', '--man=no', unit);
    expect(output.split('\n').filter((line) => line.includes('smart-meter.service'))).toEqual([]);
  });

  it('is exposed to little: at most 2 of 10', () => {
    const { status, output } = SYSTEMD_ANALYZE.run('security', '--offline=true', '--threshold=20', unit);
    process.stdout.write(`${/Overall exposure level.*: [\d.]+/.exec(output)?.[0] ?? 'no exposure level'}\n`);
    expect(status).toBe(0);
  });
});

describe('production', () => {
  jest.setTimeout(300_000);
  let folder: string;

  beforeAll(() => {
    run('tsc', ['--build', 'apps/smart-meter/tsconfig.app.json']);
    folder = join(temporaryFolder(), 'app');
    run('node', [deploy('assemble.mjs'), folder]);
  });

  afterAll(() => rmSync(dirname(folder), { recursive: true, force: true }));

  it('is small', () => {
    const lock = JSON.parse(text(join(folder, 'node_modules', '.package-lock.json'))) as {
      packages: Record<string, unknown>;
    };
    expect(Object.keys(lock.packages).length).toBeLessThan(200);
    expect(sizeOf(join(folder, 'node_modules')) / 1e6).toBeLessThan(80);
  });

  it('has no dependency with a known grave fault', () => {
    const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    });
    const answer = JSON.parse(stdout || '{}') as {
      metadata?: { vulnerabilities: { high: number; critical: number } };
    };
    if (!answer.metadata) {
      process.stderr.write('SKIPPED npm audit: the registry does not answer it\n');
      return;
    }
    expect(answer.metadata.vulnerabilities).toMatchObject({ high: 0, critical: 0 });
  });

  it('starts by the command of the image and serves readings', async () => {
    const port = await freePort();
    const [node = '', ...parameters] = commandOf(dockerfile);
    await serving(node, parameters, port, {}, async () => {
      const url = `http://127.0.0.1:${port}`;
      const consumption = (await (await fetch(`${url}/consumption`)).json()) as { total_power_w: number };
      expect(consumption.total_power_w).toBeGreaterThan(0);
      const [, healthCheck = '[]'] = /^ {2}CMD (\[.*\])$/m.exec(dockerfile) ?? [];
      const [program = '', ...check] = JSON.parse(healthCheck) as string[];
      const ask = (servicePort: number) =>
        new Promise((resolve) =>
          spawn(program, check, { env: { ...cleanEnvironment(), SERVICE_PORT: String(servicePort) } }).once(
            'exit',
            resolve,
          ),
        );
      expect(await ask(port)).toBe(0);
      expect(await ask(await freePort())).toBe(1);
    });
  });

  it('starts by the command of the Home Assistant app with its options', async () => {
    const port = await freePort();
    const [node = '', ...parameters] = commandOf(text(appFolder('Dockerfile')));
    mkdirSync(join(folder, 'deploy', 'home-assistant-app'), { recursive: true });
    writeFileSync(join(folder, 'deploy', 'home-assistant-app', 'run.mjs'), text(appFolder('run.mjs')));
    const options = join(dirname(folder), 'options.json');
    writeFileSync(
      options,
      JSON.stringify({ energy_price: 0.25, influxdb_url: '', currency: 'CHF', log_level: 'warn' }),
    );
    await serving(node, parameters, port, { OPTIONS_FILE: options }, async () => {
      const energy = (await (await fetch(`http://127.0.0.1:${port}/energy`)).json()) as { price: unknown };
      expect(energy.price).toEqual({ per_kwh: 0.25, currency: 'CHF' });
    });
  });

  async function serving(
    node: string,
    parameters: string[],
    port: number,
    environment: Record<string, string>,
    use: () => Promise<void>,
  ): Promise<void> {
    let output = '';
    const service: ChildProcess = spawn(node, parameters, {
      cwd: folder,
      env: {
        ...cleanEnvironment(),
        SERVICE_HOST: '127.0.0.1',
        SERVICE_PORT: String(port),
        DATA_DIR: join(dirname(folder), `data-${port}`),
        ...environment,
      },
    });
    service.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    service.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => service.once('exit', resolve));
    try {
      await waitFor(
        'the service',
        async () => {
          if (service.exitCode !== null) throw new Error(`it ended with ${service.exitCode}:\n${output}`);
          return fetch(`http://127.0.0.1:${port}/health/live`).then(
            ({ ok }) => ok,
            () => false,
          );
        },
        60_000,
      );
      await use();
    } finally {
      service.kill('SIGTERM');
    }
    expect(await ended).toBe(0);
  }
});

/** Nothing of this process but where the programs are. */
function cleanEnvironment(): Record<string, string> {
  return { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
}

function run(program: string, parameters: string[]): void {
  const { status, stdout, stderr } = spawnSync(program, parameters, {
    cwd: WORKSPACE,
    encoding: 'utf8',
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      PATH: `${dirname(process.execPath)}:${join(WORKSPACE, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`,
    },
  });
  if (status !== 0) throw new Error(`${program} ended with ${status}:\n${stdout}${stderr}`);
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
