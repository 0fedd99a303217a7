import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BuiltImage,
  buildImage,
  Container,
  describeWithServer,
  freePort,
  IMAGE_BUILDER,
} from '@smart-meter/servers';
import { createHousehold } from '@smart-meter/household';
import { HomeAssistantSimulator } from '@smart-meter/simulators';
import { parse } from 'yaml';
import { WORKSPACE } from './support/documentation';
import { waitFor } from './support/running-service';

const dockerfile = readFileSync(join(WORKSPACE, 'Dockerfile'), 'utf8');
const [, baseImage = ''] = /^FROM (\S+) AS service$/m.exec(dockerfile) ?? [];

/** The Dockerfile, step by step, and the image as an engine would run it; the base image alone is a stand-in. */
describeWithServer(IMAGE_BUILDER, 'the image', () => {
  jest.setTimeout(120_000);
  let image: BuiltImage;
  const running: Container[] = [];

  beforeAll(() => {
    image = buildImage({ context: WORKSPACE, baseImage });
  }, 900_000);

  afterAll(async () => {
    await Promise.all(running.map((container) => container.stop()));
    image?.remove();
  });

  it('says who it runs as, what it keeps and how its health is asked', () => {
    expect(image.config).toMatchObject({
      User: '1000:1000',
      WorkingDir: '/app',
      Entrypoint: ['tini', '--'],
      Volumes: { '/data': {} },
      ExposedPorts: { '8014/tcp': {}, '8017/tcp': {} },
      Healthcheck: { Test: expect.arrayContaining(['CMD', 'node']) },
    });
  });

  it('holds what runs and nothing else', () => {
    const files = readdirSync(join(image.root, 'app'), { recursive: true, encoding: 'utf8' });
    const own = files.filter((path) => !path.includes('node_modules'));
    expect(own.filter((path) => /(?<!\.d)\.tsx?$|\.spec\.|\.map$|^tools|\.env|npmrc/.test(path))).toEqual([]);
    expect(files.filter((path) => /node_modules\/(typescript|jest|vite|nx)$/.test(path))).toEqual([]);
    // Compiled for one processor, it would not run on another: the files are built once for all.
    expect(files.filter((path) => path.endsWith('.node'))).toEqual([]);
    const bytes = files
      .map((path) => statSync(join(image.root, 'app', path)))
      .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
    process.stdout.write(`/app of the image: ${(bytes / 1e6).toFixed(1)} MB\n`);
    expect(bytes / 1e6).toBeLessThan(85);
  });

  it('serves readings without any right and on a root that cannot be written', async () => {
    const { container, url, port } = await serving();
    const { total_power_w: totalPowerW } = (await (await fetch(`${url}/consumption`)).json()) as {
      total_power_w: number;
    };
    expect(totalPowerW).toBeGreaterThan(0);
    expect(await (await fetch(url)).text()).toContain('<title>');
    expect(await healthOf(port)).toBe(0);
    const check = image.run({ command: ['smart-meter', '--help'] });
    expect([await check.exit, check.output]).toEqual([0, expect.stringContaining('check')]);
    const write = image.run({ command: ['touch', '/app/file'] });
    expect([await write.exit, write.output]).toEqual([1, expect.stringContaining('Read-only file system')]);
    expect(await container.stop()).toBe(0);
    expect(container.output).not.toMatch(/"level":"(warn|error|fatal)"/);
    expect(await healthOf(port)).toBe(1);
  });

  it('is energy-correlator by the command of the compose file', async () => {
    const { services } = parse(readFileSync(join(WORKSPACE, 'docker-compose.yml'), 'utf8'), {
      merge: true,
    }) as { services: Record<string, { command: string[] }> };
    const { url } = await serving();
    const homeAssistant = await HomeAssistantSimulator.start({ household: createHousehold({ seed: 1 }) });
    try {
      const { container } = await serving(services['energy-correlator']?.command, {
        SMART_METER_URL: url,
        HOME_ASSISTANT_URL: homeAssistant.url,
        HOME_ASSISTANT_TOKEN: homeAssistant.token,
      });
      expect(await container.stop()).toBe(0);
    } finally {
      await homeAssistant.close();
    }
  });

  it('is the Home Assistant app, built from its folder alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'smart-meter-app-'));
    cpSync(join(WORKSPACE, 'deploy', 'home-assistant-app'), folder, { recursive: true });
    cpSync(join(image.root, 'app'), join(folder, 'app'), { recursive: true, verbatimSymlinks: true });
    const app = buildImage({ context: folder, baseImage });
    try {
      const data = mkdtempSync(join(folder, 'data-'));
      writeFileSync(join(data, 'options.json'), JSON.stringify({ energy_price: 0.25, currency: 'CHF' }));
      const { container, url } = await serving(undefined, {}, app, data);
      const { price } = (await (await fetch(`${url}/energy`)).json()) as { price: unknown };
      expect(price).toEqual({ per_kwh: 0.25, currency: 'CHF' });
      expect(await container.stop()).toBe(0);
    } finally {
      app.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  const healthOf = (port: number) =>
    image.run({
      command: (image.config.Healthcheck?.Test ?? []).slice(1),
      environment: { SERVICE_PORT: String(port) },
    }).exit;

  async function serving(
    command?: string[],
    environment: Record<string, string> = {},
    from = image,
    data?: string,
  ) {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const container = from.run({
      ...(command === undefined ? {} : { command }),
      ...(data === undefined ? {} : { data }),
      environment: { ...environment, SERVICE_HOST: '127.0.0.1', SERVICE_PORT: String(port) },
    });
    running.push(container);
    await waitFor(
      'the container',
      () => {
        if (!container.isRunning) throw new Error(`it ended:\n${container.output}`);
        return fetch(`${url}/health/live`).then(
          ({ ok }) => ok,
          () => false,
        );
      },
      60_000,
    );
    return { container, url, port };
  }
});
