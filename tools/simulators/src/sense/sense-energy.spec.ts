import { createHousehold } from '@smart-meter/household';
import { PythonEnvironment, pythonWith } from '@smart-meter/servers';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { SenseSimulator } from './sense-simulator';

const HOUR_MS = 3_600_000;
const CODE = '482913';

/** What the driver prints. */
interface Seen {
  mfaWanted: boolean;
  refused: boolean;
  rotated: boolean;
  usesRest: boolean;
  monitorId: number;
  timeZone: string;
  before: string;
  after: string;
  restW: number;
  restSolarW: number;
  voltage: number[];
  hz: number;
  liveW: number;
  liveEpoch: number;
  livePowers: Record<string, number>;
  trends: Record<string, [number, number]>;
  pastStart: string;
  pastKwh: number;
  pastFromGrid: number;
  pastToGrid: number;
  hourStart: string;
  hourKwh: number;
  names: string[];
  asyncDevices: string[];
  asyncRestW: number;
  asyncLiveW: number;
}

/** The client that Home Assistant builds upon, unchanged but for the addresses. */
const environment: PythonEnvironment = pythonWith('sense_energy==0.15.0');
const isRequired = process.env['REQUIRE_REAL_SERVERS'] === '1';
if ('refusal' in environment && !isRequired) {
  process.stderr.write(`SKIPPED sense_energy against the simulator: ${environment.refusal}\n`);
}

('refusal' in environment && !isRequired ? describe.skip : describe)(
  'sense_energy against the simulator',
  () => {
    it('logs in with a code, lists, reads by REST and by the live feed, and renews', async () => {
      if ('refusal' in environment) throw new Error(`sense_energy is not available: ${environment.refusal}`);
      const household = createHousehold({ seed: 5, solar: true, timeZone: 'America/Denver' });
      const simulator = await SenseSimulator.start({
        monitors: [{ id: 70004, household, solarConfigured: true }],
        mfaCode: CODE,
        rotation: 'strict',
      });
      try {
        const { apiUrl, realtimeUrl, email, password } = simulator;
        const driver = path.join(__dirname, 'testing', 'sense_energy_driver.py');
        const parameters = [driver, apiUrl, realtimeUrl, email, password, CODE];
        const { stdout } = await promisify(execFile)(environment.python, parameters, { timeout: 60_000 });
        const seen = JSON.parse(stdout) as Seen;
        expect(seen).toMatchObject({
          mfaWanted: true,
          refused: true,
          rotated: true,
          usesRest: true,
          monitorId: 70004,
          timeZone: 'America/Denver',
          voltage: [121.2, 120.8],
          hz: 59.98,
        });

        const monitor = simulator.monitors[0];
        const devices = monitor?.devicePowersW(new Date(seen.liveEpoch * 1000)) ?? new Map<string, number>();
        expect(seen.liveW).toBe(household.powerAt(new Date(seen.liveEpoch * 1000)).totalPowerW);
        for (const [id, powerW] of devices) expect(seen.livePowers[id] ?? 0).toBe(powerW);
        expect(powersBetween(seen.before, seen.after, (at) => household.powerAt(at).totalPowerW)).toContain(
          seen.restW,
        );
        expect(
          powersBetween(seen.before, seen.after, (at) => household.powerAt(at).solarPowerW ?? NaN),
        ).toContain(seen.restSolarW);

        const day = new Date(seen.pastStart);
        const ofDay = household.energyKwhBetween(day, new Date(day.getTime() + 24 * HOUR_MS));
        expect(seen.pastKwh).toBeCloseTo(ofDay.totalKwh, 9);
        expect(seen.pastFromGrid).toBeCloseTo(ofDay.gridImportKwh, 9);
        expect(seen.pastToGrid).toBeCloseTo(ofDay.gridExportKwh, 9);
        const hour = new Date(seen.hourStart);
        const ofHour = household.energyKwhBetween(hour, new Date(hour.getTime() + HOUR_MS));
        expect(seen.hourKwh).toBeCloseTo(ofHour.totalKwh, 9);
        const [dayKwh = NaN, monthKwh = NaN, cycleKwh = NaN] = ['DAY', 'MONTH', 'CYCLE'].map(
          (scale) => seen.trends[scale]?.[0],
        );
        expect(dayKwh).toBeLessThanOrEqual(monthKwh);
        expect(cycleKwh).toBeCloseTo(monthKwh, 1);

        expect(seen.names).toEqual(monitor?.inventory().map(({ name }) => name));
        expect(seen.asyncDevices).toEqual(expect.arrayContaining([...devices.keys()]));
        expect(seen.asyncDevices).not.toContain('merged01');
        expect(seen.asyncDevices).not.toContain('plug-old0');
        expect(seen.asyncRestW).toBeGreaterThan(0);
        expect(seen.asyncLiveW).toBeGreaterThan(0);
      } finally {
        await simulator.close();
      }
    }, 120_000);
  },
);

/** What was true at any second in between. */
function powersBetween(from: string, to: string, power: (at: Date) => number): number[] {
  const values: number[] = [];
  for (let ms = new Date(from).getTime(); ms < new Date(to).getTime() + 1000; ms += 1000)
    values.push(power(new Date(ms)));
  return [...values, power(new Date(to))];
}
