import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createHousehold } from '@smart-meter/household';
import { Journal } from '@smart-meter/journal';
import {
  EmporiaSimulator,
  gridSource,
  HomeAssistantSimulator,
  HomeWizardSimulator,
  panel,
  phaseSources,
  SenseSimulator,
  ShellySimulator,
  TasmotaSimulator,
} from '@smart-meter/simulators';
import { METER_CATALOGUE } from '../src/meters/catalogue';
import { CorrelatorProcess } from './support/correlator-process';
import { documentationPages, localLinks, pageText, shellCommands, WORKSPACE } from './support/documentation';
import { RunningService, temporaryFolder, waitFor } from './support/running-service';

/** What cannot run in a test, and why. Everything else is run. */
const NOT_RUN: readonly [RegExp, string][] = [
  [/^npm start$/, 'runs until it is stopped; the service that it starts is what answers the other commands'],
  [/^node apps\/energy-correlator\/dist\/main\.js$/, 'the same, for its service'],
  [/^npm (ci|run build)$/, 'changes the checkout that the test runs in'],
  [/^node deploy\/assemble\.mjs /, 'needs the network; deployment.spec.ts runs it'],
  [/^git pull$/, 'needs the network and changes the checkout'],
  [
    /^git (clone|-C powercalc) /,
    'needs the network; powercalc.spec.ts of the correlator reads a library of its own',
  ],
  [/^docker compose /, 'needs a container engine; deployment.spec.ts checks the file'],
  [/^(sudo|journalctl) |^cd \/opt\//, 'changes the machine; deployment.spec.ts checks the unit'],
];

const MFA_CODE = '123456';
const PASSWORD = 'correct horse battery staple';

let folder: string;
let service: RunningService;
let correlator: CorrelatorProcess;
let homeAssistant: HomeAssistantSimulator;
let emporia: EmporiaSimulator;
let sense: SenseSimulator;
let shelly: ShellySimulator;
let homeWizard: HomeWizardSimulator;
let tasmota: TasmotaSimulator;

jest.setTimeout(240_000);

beforeAll(async () => {
  compile();
  folder = workingFolder();
  service = await RunningService.start({ LOG_LEVEL: 'error', API_TOKEN: '' });
  await waitFor('a reading', async () => {
    const { body } = await service.get<{ readings: unknown[] }>('/readings');
    return body.readings.length > 0;
  });
  const household = createHousehold({ seed: 4, solar: true });
  homeAssistant = await HomeAssistantSimulator.start({ household });
  emporia = await EmporiaSimulator.start({
    accounts: [
      { email: 'pat@example.net', password: PASSWORD, customerGid: 1, devices: [panel({ household })] },
    ],
  });
  sense = await SenseSimulator.start({ monitors: [{ id: 70004, household }], mfaCode: MFA_CODE });
  const sources = phaseSources(household);
  shelly = await ShellySimulator.start({
    channels: [{ component: 'em', phases: sources }],
    password: PASSWORD,
  });
  homeWizard = await HomeWizardSimulator.start({ sources });
  tasmota = await TasmotaSimulator.start({
    sources: [gridSource(household)],
    timeZone: household.timeZone,
    password: PASSWORD,
  });
  correlator = await CorrelatorProcess.start({ ...homeAssistantAccess(), SMART_METER_URL: service.url });
});

afterAll(async () => {
  await correlator?.stop();
  await service?.stop();
  const simulators = [homeAssistant, emporia, sense, shelly, homeWizard, tasmota];
  await Promise.all(simulators.map((simulator) => simulator?.close()));
});

function homeAssistantAccess(): Record<string, string> {
  return { HOME_ASSISTANT_URL: homeAssistant.url, HOME_ASSISTANT_TOKEN: homeAssistant.token };
}

/** The meters that the pages are about. */
function pageEnvironment(page: string): Record<string, string> {
  switch (page) {
    case 'docs/meters/home-assistant.md':
      return homeAssistantAccess();
    case 'docs/correlator.md':
      return { ...homeAssistantAccess(), SMART_METER_URL: service.url, LOG_LEVEL: 'error' };
    case 'docs/meters/emporia.md':
      return {
        METER_TYPE: 'emporia',
        EMPORIA_URL: emporia.url,
        EMPORIA_USERNAME: 'pat@example.net',
        EMPORIA_PASSWORD: PASSWORD,
      };
    case 'docs/meters/sense.md':
      return {
        METER_TYPE: 'sense',
        SENSE_URL: new URL(sense.apiUrl).origin,
        SENSE_EMAIL: sense.email,
        SENSE_PASSWORD: sense.password,
      };
    case 'docs/meters/shelly.md':
      return { METER_TYPE: 'shelly', SHELLY_HOSTS: shelly.host, SHELLY_PASSWORD: PASSWORD };
    case 'docs/meters/homewizard.md':
      return { METER_TYPE: 'homewizard', HOMEWIZARD_HOST: homeWizard.host };
    case 'docs/meters/tasmota.md':
      return { METER_TYPE: 'tasmota', TASMOTA_HOSTS: tasmota.host, TASMOTA_PASSWORD: PASSWORD };
    default:
      return {};
  }
}

const pages = documentationPages();

describe.each(pages)('%s', (page) => {
  const commands = shellCommands(page);
  const toRun = commands.filter((command) => !NOT_RUN.some(([pattern]) => pattern.test(command)));

  if (toRun.length > 0) {
    it(`has commands that work: ${toRun.length}`, async () => {
      const { exitCode, output } = await runInShell(toRun, pageEnvironment(page));
      if (exitCode !== 0) throw new Error(`exit ${exitCode}:\n${output.slice(-4_000)}`);
      expect(output).not.toContain(PASSWORD);
    });
  }

  it('links to what is there', () => {
    expect(localLinks(page).filter((path) => !existsSync(join(WORKSPACE, path)))).toEqual([]);
  });

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(WORKSPACE, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...pageText(page).matchAll(/npm (?:run ([\w:-]+)|(start|test)\b)/g)].map(
      ([, run, alone]) => run ?? alone ?? '',
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('names settings that exist', () => {
    const known = [
      '.env.example',
      'docker-compose.yml',
      'apps/energy-correlator/src/configuration/settings.ts',
    ]
      .map((file) => readFileSync(join(WORKSPACE, file), 'utf8'))
      .join();
    const named = [
      ...pageText(page).matchAll(
        /^ *([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)=|`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)[=`]/gm,
      ),
    ]
      .map(([, set, quoted]) => (set ?? quoted ?? '').replace(/_FILE$/, ''))
      .filter((name) => !/^(NODE|MALLOC)_/.test(name) && !known.includes(name));
    expect(named).toEqual([]);
  });
});

it('every reason not to run a command is needed', () => {
  const commands = pages.flatMap(shellCommands);
  for (const [pattern] of NOT_RUN)
    expect(commands.filter((command) => pattern.test(command))).not.toEqual([]);
});

it('the README names every kind of meter', () => {
  const readme = pageText('README.md');
  for (const { meterType } of METER_CATALOGUE) expect(readme).toContain(`\`${meterType}\``);
});

function compile(): void {
  const apps = ['smart-meter', 'energy-correlator'].map((app) => `apps/${app}/tsconfig.app.json`);
  const { status, stdout } = spawnSync('tsc', ['--build', ...apps], {
    cwd: WORKSPACE,
    encoding: 'utf8',
    env: { ...process.env, PATH: path(), NODE_OPTIONS: '' },
  });
  if (status !== 0) throw new Error(`the command lines cannot be compiled:\n${stdout}`);
}

/** A folder that looks like a checkout, in which commands can do what they like. */
function workingFolder(): string {
  const created = temporaryFolder();
  symlinkSync(join(WORKSPACE, 'apps'), join(created, 'apps'));
  copyFileSync(join(WORKSPACE, '.env.example'), join(created, '.env.example'));
  return created;
}

/** A journal as a service leaves it, with a line that InfluxDB refused. */
function filledJournal(): string {
  const dataDir = temporaryFolder();
  const journal = Journal.open({ dataDir, timeZone: 'UTC', retentionDays: 3650, outboxMaxBytes: 1e6 });
  journal.append({
    readings: [
      {
        meterId: 'home',
        observedAt: new Date('2026-03-02T12:00:00Z'),
        averagedOverS: 0,
        totalPowerW: 412.5,
        circuits: [],
        provenance: 'live',
      },
    ],
    outbox: [{ lineProtocol: 'm a="x" 1', lineCount: 1 }],
  });
  const [entry] = journal.outbox.take({ order: 'oldest', maxLines: 10, maxBytes: 1e6 });
  const id = entry?.id ?? 0;
  journal.outbox.settle({
    settledIds: [id],
    rejected: [{ entryId: id, line: 'm a="x" 1', status: 400, reason: 'field type conflict' }],
  });
  journal.close();
  return dataDir;
}

/** One after the other in one shell, as a reader types them; ends at the first that fails. */
async function runInShell(
  commands: readonly string[],
  environment: Record<string, string>,
): Promise<{ exitCode: number | null; output: string }> {
  const script = [
    'set -euo pipefail',
    'shopt -s expand_aliases',
    `smart-meter() { node '${join(WORKSPACE, 'apps', 'smart-meter', 'dist', 'cli.js')}' "$@"; }`,
    `npx() { (cd '${WORKSPACE}' && command npx "$@"); }`,
    'curl() { command curl --silent --show-error --fail "$@" || { status=$?; [ $status = 28 ] || return $status; }; }',
    ...commands.map((command) => `echo ${quoted(`$ ${command}`)}\n${here(command)}`),
  ].join('\n');
  const shell = spawn('bash', ['-c', script], {
    cwd: folder,
    timeout: 120_000,
    env: {
      PATH: path(),
      HOME: folder,
      API_TOKEN: 'unused',
      DATA_DIR: filledJournal(),
      ...environment,
    },
  });
  let output = '';
  shell.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  shell.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  shell.stdin.end(`${MFA_CODE}\n`);
  const exitCode = await new Promise<number | null>((resolve) => shell.once('close', resolve));
  return { exitCode, output };
}

/** A command as it reads, but for the addresses of the services. */
function here(command: string): string {
  return command
    .replaceAll('http://localhost:8014', service.url)
    .replaceAll('http://localhost:8017', correlator.url);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function path(): string {
  return [dirname(process.execPath), join(WORKSPACE, 'node_modules', '.bin'), process.env['PATH']].join(
    delimiter,
  );
}
