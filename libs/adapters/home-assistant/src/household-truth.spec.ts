import { MeterReading, systemClock } from '@smart-meter/meter-adapter';
import { createHousehold, Household } from '@smart-meter/household';
import { HomeAssistantSimulator } from '@smart-meter/simulators';
import { createHomeAssistantMeter, HomeAssistantMeter } from './home-assistant-meter';

const MIDNIGHT = new Date('2026-06-10T00:00:00+02:00');
const BEGIN = new Date('2026-06-10T03:00:12.500+02:00');
/** Counters are sampled every 10 s. */
const KWH_DIGITS = 2;

/** A home with solar and battery whose truth is known, three hours into the day. */
describe.each([['2026.11.0'], ['2025.12.0']])('the household of a Home Assistant %s', (version) => {
  let now = BEGIN;
  const clock = { ...systemClock, now: () => now };
  const { signal } = new AbortController();
  let household: Household;
  let home: HomeAssistantSimulator;
  let meter: HomeAssistantMeter;

  beforeAll(async () => {
    household = createHousehold({ seed: 7, solar: true, battery: true });
    home = await HomeAssistantSimulator.start({
      household,
      clock,
      version,
      followClock: false,
      historyDays: 0.15,
    });
    // Without them nothing says what the whole home draws, and how much it has used.
    home.remove('sensor.total_power');
    home.remove('sensor.daily_energy');
    meter = createHomeAssistantMeter({ url: home.url, token: home.token, meterId: 'home', clock });
  });
  afterAll(async () => {
    await meter.close();
    await home.close();
  });

  function expectTruth(reading: MeterReading): void {
    const power = household.powerAt(reading.observedAt);
    expect(reading.totalPowerW).toBeCloseTo(power.totalPowerW, 0);
    expect(reading.gridPowerW).toBeCloseTo(power.gridPowerW, 0);
    expect(reading.solarPowerW).toBeCloseTo(power.solarPowerW ?? NaN, 0);
    expect(reading.batteryPowerW).toBeCloseTo(power.batteryPowerW ?? NaN, 0);
    const energy = household.energyKwhBetween(MIDNIGHT, reading.observedAt);
    expect(reading.dailyKwh).toBeCloseTo(energy.totalKwh, KWH_DIGITS);
    expect(reading.circuits.length).toBeGreaterThan(3);
    for (const { name, powerW, dailyKwh } of reading.circuits) {
      const id = name.replace('sensor.power_', '');
      expect([name, powerW]).toEqual([name, expect.closeTo(power.circuits.get(id) ?? NaN, 0)]);
      expect([name, dailyKwh]).toEqual([name, expect.closeTo(energy.circuits.get(id) ?? NaN, KWH_DIGITS)]);
    }
  }

  it('is told as it is, the energy since midnight by lifetime counters included', async () => {
    const { reading, warnings } = await meter.fetchConsumption(signal);
    expect(warnings).toEqual([]);
    expectTruth(reading);
    now = new Date('2026-06-10T04:00:12.500+02:00');
    await home.advanceTo(now);
    expectTruth((await meter.fetchConsumption(signal)).reading);
  });

  it('is told the same by history', async () => {
    const range = {
      from: new Date('2026-06-09T23:30:00+02:00'),
      to: new Date('2026-06-10T02:00:12.500+02:00'),
    };
    const latest = new Map<string, number | null | undefined>();
    for await (const { readings } of meter.fetchHistory(range, signal)) {
      for (const { observedAt, totalPowerW, dailyKwh } of readings) {
        if (totalPowerW !== undefined) {
          latest.set('totalPowerW', totalPowerW);
          expect(observedAt.getTime()).toBeLessThanOrEqual(range.to.getTime());
        }
        if (dailyKwh !== undefined) latest.set('dailyKwh', dailyKwh);
      }
    }
    const { totalKwh } = household.energyKwhBetween(MIDNIGHT, range.to);
    expect(latest.get('dailyKwh')).toBeCloseTo(totalKwh, KWH_DIGITS);
    expect(latest.get('totalPowerW')).toBeCloseTo(household.powerAt(range.to).totalPowerW, 0);
  });
});
