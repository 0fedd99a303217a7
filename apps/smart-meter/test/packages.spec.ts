import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  describeWithServer,
  HOME_ASSISTANT,
  HomeAssistantServer,
  startHomeAssistant,
} from '@smart-meter/servers';
import { codeBlocks, WORKSPACE } from './support/documentation';
import {
  addNodeTypes,
  installInEmptyProject,
  packLibraries,
  PACKAGE_REGISTRY,
  plainEnvironment,
  publishedLibraries,
  readManifest,
  run,
} from './support/packed-libraries';
import { waitFor } from './support/running-service';
import { linkLibraries, workspaceCopy } from './support/workspace-copy';

const libraries = publishedLibraries();
const names = libraries.map(({ manifest }) => manifest.name);

jest.setTimeout(300_000);

describeWithServer(PACKAGE_REGISTRY, 'the libraries as they are published', () => {
  let tarballs: Map<string, string>;
  let project: string;
  const made: string[] = [];

  beforeAll(() => {
    const workspace = workspaceCopy();
    made.push(workspace);
    linkLibraries(workspace);
    tarballs = packLibraries(libraries, workspace);
    project = install(names);
  });
  afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

  /** An empty project with these libraries. */
  function install(wanted: readonly string[]): string {
    const created = installInEmptyProject(wanted.map((name) => tarballs.get(name) ?? name));
    made.push(created);
    return created;
  }

  const installed = (name: string) => join(project, 'node_modules', name);

  it('are the contract, the stores, the engine and every meter', () => {
    expect(names).toEqual(
      expect.arrayContaining(
        [
          'meter-adapter',
          'meter-http',
          'journal',
          'influx-writer',
          'correlation',
          'adapter-home-assistant',
        ].map((name) => `@smart-meter/${name}`),
      ),
    );
  });

  it.each(names)('%s says what it is and holds what it names', (name) => {
    const manifest = readManifest(installed(name));
    expect(manifest).toMatchObject({
      license: 'MIT',
      description: expect.stringMatching(/^[A-Z].{20,}[^.]$/),
    });
    expect(manifest.keywords?.length).toBeGreaterThan(4);
    const named = [manifest.main, manifest.types, ...Object.values(manifest.exports['.'])];
    expect(named.filter((path) => !existsSync(join(installed(name), path)))).toEqual([]);
    const license = readFileSync(join(installed(name), 'LICENSE'), 'utf8');
    expect(license).toBe(readFileSync(join(WORKSPACE, 'LICENSE'), 'utf8'));
    expect(readFileSync(join(installed(name), 'README.md'), 'utf8')).toContain(`# ${name}\n`);
  });

  it.each(names)('%s depends on published packages alone, by ranges that a release keeps', (name) => {
    const own = Object.entries(readManifest(installed(name)).dependencies ?? {});
    const ranges = own.filter(([dependency]) => dependency.startsWith('@smart-meter/'));
    expect(ranges.filter(([dependency]) => !names.includes(dependency))).toEqual([]);
    expect(own.filter(([, range]) => !/^\^\d+\.\d+\.\d+$/.test(range))).toEqual([]);
  });

  it.each(names)('%s carries no tests and no map that leads nowhere', (name) => {
    const files = readdirSync(installed(name), { recursive: true, encoding: 'utf8' });
    expect(
      files.filter((path) => /\.spec\.|\.tsbuildinfo$|(^|\/)(testing|testdata)(\/|$)/.test(path)),
    ).toEqual([]);
    const missing = files
      .filter((path) => path.endsWith('.map'))
      .flatMap((path) => {
        const { sources } = JSON.parse(readFileSync(join(installed(name), path), 'utf8')) as {
          sources: string[];
        };
        return sources.map((source) => join(dirname(path), source));
      })
      .filter((source) => !existsSync(join(installed(name), source)));
    expect(missing).toEqual([]);
  });

  it('can be imported and required, with the same names', () => {
    const script = `
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const ofEveryModule = new Set(['default', 'module.exports', '__esModule']);
      const different = [];
      for (const name of ${JSON.stringify(names)}) {
        const imported = Object.keys(await import(name)).filter((key) => !ofEveryModule.has(key));
        const required = Object.keys(require(name));
        if (required.length === 0 || imported.sort().join() !== required.sort().join()) different.push(name);
      }
      console.log(JSON.stringify(different));`;
    writeFileSync(join(project, 'imports.mjs'), script);
    expect(run(process.execPath, ['imports.mjs'], project)).toEqual({ status: 0, output: '[]\n' });
  });

  // Others need a device or a server.
  it.each([
    ['adapter-simulated', /^HVAC \d/m],
    ['correlation', /^light\.kitchen no_samples/m],
    ['meter-adapter', /^[\d.]+ 1500$/m],
  ])('the example in the README of %s runs as it stands', (library, printed) => {
    const readme = readFileSync(join(installed(`@smart-meter/${library}`), 'README.md'), 'utf8');
    const [example = ''] = codeBlocks(readme, 'ts');
    writeFileSync(join(project, 'example.mts'), example);
    const outcome = run(process.execPath, ['example.mts'], project);
    expect(outcome).toEqual({ status: 0, output: expect.stringMatching(printed) });
  });

  it('have types that a strict project accepts, from both kinds of module', () => {
    addNodeTypes(project);
    const lines = names.map((name, index) => `export * as library${index} from '${name}';\n`).join('');
    writeFileSync(join(project, 'consumer.mts'), lines);
    writeFileSync(join(project, 'consumer.cts'), lines);
    const compilerOptions = {
      ...{ module: 'nodenext', moduleResolution: 'nodenext', target: 'es2023', types: ['node'] },
      ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true },
    };
    const files = ['consumer.mts', 'consumer.cts'];
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const tsc = join(WORKSPACE, 'node_modules', '.bin', 'tsc');
    expect(run(tsc, ['--project', project], project)).toEqual({ status: 0, output: '' });
  });

  describeWithServer(HOME_ASSISTANT, 'a sibling service on the packed adapter alone', () => {
    let homeAssistant: HomeAssistantServer | undefined;
    const setPower = (value: number) =>
      homeAssistant?.setState('sensor.total_power', String(value), {
        ...{ device_class: 'power', state_class: 'measurement', unit_of_measurement: 'W' },
      });

    beforeAll(async () => {
      homeAssistant = await startHomeAssistant();
      await setPower(412);
    });
    afterAll(() => homeAssistant?.stop());

    it('prints the power of a real Home Assistant as it changes, and stops when told to', async () => {
      const alone = install(
        ['adapter-home-assistant', 'meter-http', 'meter-adapter'].map((name) => `@smart-meter/${name}`),
      );
      const source = join(__dirname, 'support', 'sibling-service.mjs');
      expect(readFileSync(source, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(20);
      copyFileSync(source, join(alone, 'service.mjs'));
      const service = spawn(process.execPath, ['service.mjs'], {
        cwd: alone,
        env: {
          ...plainEnvironment(),
          HOME_ASSISTANT_URL: homeAssistant?.url,
          HOME_ASSISTANT_TOKEN: homeAssistant?.token,
        },
      });
      let output = '';
      service.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      service.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const ended = new Promise<number | null>((resolve) => service.once('close', resolve));
      try {
        await waitFor('the first reading', () => /Z 412 W$/m.test(output), 30_000);
        await setPower(1523.5);
        await waitFor('the change', () => /Z 1523\.5 W$/m.test(output), 30_000);
      } catch (error) {
        service.kill('SIGKILL');
        throw new Error(output, { cause: error });
      }
      service.kill('SIGTERM');
      expect([await ended, output]).toEqual([0, expect.not.stringContaining(String(homeAssistant?.token))]);
    });
  });
});
