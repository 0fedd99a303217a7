import { MeterReading } from '@smart-meter/meter-adapter';
import { describeMeterConformance, FakeClock, readingFaults } from '@smart-meter/meter-adapter-testkit';
import { SimulatedMeter } from './simulated-meter';

const signal = new AbortController().signal;
const makeMeter = (clock: FakeClock, seed = 1) =>
  new SimulatedMeter({ meterId: 'simulated', clock, timeZone: 'Europe/Berlin', seed });

describeMeterConformance(
  'The simulated meter',
  async () => ({
    adapter: makeMeter(new FakeClock()),
    secrets: [],
    faults: [],
    provokeChange: () => undefined,
    dispose: async () => undefined,
  }),
  [],
);

describe('The simulated household', () => {
  async function day(seed: number): Promise<MeterReading[]> {
    const clock = new FakeClock('2026-03-10T23:00:00Z');
    const meter = makeMeter(clock, seed);
    const readings: MeterReading[] = [];
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      readings.push((await meter.fetchConsumption(signal)).reading);
      clock.jumpTo(new Date(clock.now().getTime() + 60_000));
    }
    return readings;
  }

  it('lives: every circuit moves over a day, the evening draws more than the night', async () => {
    const readings = await day(3);
    expect(readings.flatMap(readingFaults)).toEqual([]);
    for (const circuit of ['HVAC', 'Kitchen', 'Living Room', 'Office', 'Bedrooms', 'Other']) {
      const powers = readings.map((r) => r.circuits.find(({ name }) => name === circuit)?.powerW ?? 0);
      expect(Math.max(...powers) - Math.min(...powers)).toBeGreaterThan(20);
    }
    const meanW = (fromHour: number, toHour: number) => {
      const part = readings.slice(fromHour * 60, toHour * 60).map((r) => r.totalPowerW ?? 0);
      return part.reduce((a, b) => a + b, 0) / part.length;
    };
    expect(meanW(18, 22)).toBeGreaterThan(1.3 * meanW(1, 5));
  });

  it('is the same for the same seed and another for another', async () => {
    const totals = async (seed: number) => (await day(seed)).map((r) => r.totalPowerW);
    expect(await totals(1)).toEqual(await totals(1));
    expect(await totals(1)).not.toEqual(await totals(2));
  });

  it('counts the energy of the local day from the power it shows', async () => {
    const readings = await day(5);
    const meanW = readings.reduce((sum, r) => sum + (r.totalPowerW ?? 0), 0) / readings.length;
    const lastKwh = readings.at(-1)?.dailyKwh ?? 0;
    expect(lastKwh).toBeGreaterThan(0.85 * meanW * 0.024);
    expect(lastKwh).toBeLessThan(1.15 * meanW * 0.024);
    const growing = readings.map((r) => r.dailyKwh ?? 0);
    expect(growing).toEqual([...growing].sort((a, b) => a - b));
  });

  it('never passes for a measurement', async () => {
    expect((await makeMeter(new FakeClock()).fetchConsumption(signal)).reading.provenance).toBe('mock');
  });
});
