import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createHousehold } from '@smart-meter/household';
import { PythonEnvironment, pythonWith } from '@smart-meter/servers';
import { EmporiaSimulator, panel, plug } from './index';

const EMAIL = 'pat@example.net';
const PASSWORD = 'correct horse battery staple';
const MINUTE_MS = 60_000;

/** What the driver prints. */
interface Seen {
  loggedIn: boolean;
  resumed: boolean;
  refused: boolean;
  email: string;
  devices: { gid: number; model: string; name: string; channels: [string, string | null, number | null][] }[];
  minute: string;
  usages: Record<string, number | null>;
  day: Record<string, number | null>;
  chart: number[];
  chartFirst: string;
  outlets: number[];
  channelTypes: number;
}

/** The client that Home Assistant and vuegraf build upon, unchanged but for the addresses. */
const environment: PythonEnvironment = pythonWith('pyemvue==0.18.9');
const isRequired = process.env['REQUIRE_REAL_SERVERS'] === '1';
if ('refusal' in environment && !isRequired) {
  process.stderr.write(`SKIPPED PyEmVue against the simulator: ${environment.refusal}\n`);
}

('refusal' in environment && !isRequired ? describe.skip : describe)('PyEmVue against the simulator', () => {
  it('logs in, lists, reads and resumes', async () => {
    if ('refusal' in environment) throw new Error(`PyEmVue is not available: ${environment.refusal}`);
    const household = createHousehold({ seed: 5, solar: true });
    const house = panel({ household });
    const fridge = plug(house, 'fridge');
    const simulator = await EmporiaSimulator.start({
      accounts: [{ email: EMAIL, password: PASSWORD, customerGid: 81234, devices: [house, fridge] }],
    });
    const folder = mkdtempSync(path.join(tmpdir(), 'pyemvue-'));
    const driver = path.join(__dirname, 'testing', 'pyemvue_driver.py');
    const parameters = [driver, simulator.url, EMAIL, PASSWORD, path.join(folder, 'tokens.json')];
    try {
      const { stdout } = await promisify(execFile)(environment.python, parameters, { timeout: 60_000 });
      const seen = JSON.parse(stdout) as Seen;
      expect(seen).toMatchObject({
        loggedIn: true,
        resumed: true,
        refused: false,
        email: EMAIL,
        channelTypes: 4,
      });
      expect(seen.devices.map(({ gid, model, name }) => [gid, model, name])).toEqual([
        [house.gid, 'VUE002', 'House'],
        [house.gid, 'WAT001', ''],
        [fridge.gid, 'SSO001', fridge.name],
      ]);
      expect(seen.devices[1]?.channels).toContainEqual(['7', 'PV', 13]);
      expect(seen.outlets).toEqual([fridge.gid]);

      const minute = new Date(seen.minute);
      const truth = household.energyKwhBetween(minute, new Date(minute.getTime() + MINUTE_MS));
      expect(seen.usages[`${house.gid}/1,2,3`]).toBeCloseTo(truth.gridImportKwh - truth.gridExportKwh, 9);
      expect(seen.usages[`${house.gid}/2`]).toBeCloseTo(truth.circuits.get('kitchen') ?? NaN, 9);
      expect(seen.usages[`${fridge.gid}/1,2,3`]).toBeCloseTo(truth.circuits.get('fridge') ?? NaN, 9);
      expect(seen.usages[`${house.gid}/7`]).toBeCloseTo(-(truth.solarKwh ?? NaN), 9);
      expect(Object.keys(seen.day)).toEqual(expect.arrayContaining([`${house.gid}/MainsFromGrid`]));

      const first = new Date(seen.chartFirst);
      const hour = household.energyKwhBetween(first, new Date(first.getTime() + 60 * MINUTE_MS));
      expect(first.getTime() % (60 * MINUTE_MS)).toBe(0);
      expect(seen.chart[0]).toBeCloseTo(hour.circuits.get('kitchen') ?? NaN, 9);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await simulator.close();
    }
  }, 120_000);
});
