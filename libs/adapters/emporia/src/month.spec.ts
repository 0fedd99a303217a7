import { createHousehold, Household } from '@smart-meter/household';
import { MeterReading } from '@smart-meter/meter-adapter';
import { EmporiaSimulator, panel, plug } from '@smart-meter/simulators';
import { DateTime } from 'luxon';
import { EmporiaMeter } from './emporia-meter';
import { REQUESTS_PER_DAY } from './request-ledger';
import { DiligentCollector } from './testing/diligent-collector';
import { inProcess } from './testing/in-process-cloud';
import { InstantClock } from './testing/instant-clock';
import { MemoryTokenStore } from './testing/memory-token-store';
import { EMAIL, PASSWORD } from './testing/simulated-cloud';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const at = (text: string) => new Date(`2026-10-${text}:00Z`);

/** October, with the day of 25 hours, in a home with a solar system and a battery. */
const MONTH = { from: at('01T00:00'), to: new Date('2026-11-01T00:00:00Z') };
const CLOUD_DOWN = [
  { from: at('03T08:10'), to: at('03T08:55'), status: 503 },
  { from: at('06T17:00'), to: at('06T17:04'), status: 404 },
  { from: at('22T01:00'), to: at('22T07:30'), status: 500 },
];
const SERVICE_DOWN = [
  { from: at('05T12:07'), to: at('05T17:31') },
  // Longer than Emporia keeps minutes.
  { from: at('09T22:15'), to: at('18T23:00') },
];
const LOST = { from: at('20T14:00'), to: at('20T16:30') };

describe('a month through the adapter', () => {
  it('holds the energy of the home, every minute that Emporia had, and nothing else', async () => {
    const household = createHousehold({ seed: 11, solar: true, battery: true });
    const house = panel({ household });
    const fridge = plug(house, 'fridge');
    house.outages.push(
      { from: at('02T09:30'), to: at('02T09:42'), afterwards: 'uploaded' },
      { from: at('04T18:00'), to: at('04T21:15'), afterwards: 'spread' },
      { ...LOST, afterwards: 'lost' },
    );
    const clock = new InstantClock(new Date(MONTH.from.getTime() + 80_000));
    const simulator = await EmporiaSimulator.start({
      accounts: [{ email: EMAIL, password: PASSWORD, customerGid: 1, devices: [house, fridge] }],
      clock,
    });
    const within = ({ from, to }: { from: Date; to: Date }) => clock.now() >= from && clock.now() < to;
    const dispatcher = inProcess(simulator, () => CLOUD_DOWN.find(within) ?? null);
    const tokenStore = new MemoryTokenStore();
    const start = () =>
      new EmporiaMeter({
        meterId: 'emporia',
        credentials: { username: EMAIL, password: PASSWORD },
        tokenStore,
        endpoints: {
          legacyUrl: simulator.url,
          modernUrl: simulator.url,
          cognitoUrl: simulator.url,
          maintenanceUrl: simulator.maintenanceUrl,
        },
        clock,
        dispatcher,
        random: () => 0.5,
      });

    const collector = new DiligentCollector(MONTH);
    let meter = start();
    let mostRequests = 0;
    let nextHourMs = MONTH.from.getTime() + HOUR_MS;
    let mostDailyDeviationKwh = 0;
    while (clock.now().getTime() < MONTH.to.getTime() + 2 * HOUR_MS) {
      const stopped = SERVICE_DOWN.find(within);
      if (stopped) {
        clock.advanceTo(stopped.to);
        meter = start();
      }
      await collector.poll(meter);
      if (clock.now().getTime() >= nextHourMs) {
        nextHourMs += HOUR_MS;
        await collector.closeGaps(meter, new Date(clock.now().getTime() - 5 * MINUTE_MS));
        const used = Object.values(meter.requestCounts()).reduce((sum, { last24h }) => sum + last24h, 0);
        mostRequests = Math.max(mostRequests, used);
        const deviationKwh = dailyDeviation(collector.readings.at(-1), household);
        mostDailyDeviationKwh = Math.max(mostDailyDeviationKwh, deviationKwh ?? 0);
      }
      const nextPollMs = Math.floor(clock.now().getTime() / MINUTE_MS) * MINUTE_MS + MINUTE_MS + 20_000;
      clock.advanceTo(new Date(nextPollMs));
    }
    await simulator.close();
    await dispatcher.close();

    // Nothing is missing but what Emporia itself has lost, and that is known to be lost.
    const lost = (minuteMs: number) => minuteMs >= LOST.from.getTime() && minuteMs < LOST.to.getTime();
    const wrong: string[] = [];
    for (let ms = MONTH.from.getTime(); ms < MONTH.to.getTime(); ms += MINUTE_MS) {
      if (collector.isCovered(new Date(ms)) === lost(ms)) wrong.push(new Date(ms).toISOString());
    }
    expect(wrong).toEqual([]);
    expect(collector.gaps(MONTH.to)).toEqual([]);

    // Energy, of the home and of what it is made of, is the household's.
    const truth = household.energyKwhBetween(MONTH.from, MONTH.to);
    const hidden = household.energyKwhBetween(LOST.from, LOST.to);
    const circuit = (id: string) =>
      collector.energyKwh(({ circuits }) => circuits.find((one) => one.id === id)?.powerW);
    const measured = {
      total: collector.energyKwh(({ totalPowerW }) => totalPowerW),
      grid: collector.energyKwh(({ gridPowerW }) => gridPowerW),
      solar: collector.energyKwh(({ solarPowerW }) => solarPowerW),
      kitchen: circuit('120001/2'),
      fridge: circuit('120045/mains'),
    };
    const expected = {
      total: truth.totalKwh - hidden.totalKwh,
      grid: truth.gridImportKwh - truth.gridExportKwh - (hidden.gridImportKwh - hidden.gridExportKwh),
      solar: (truth.solarKwh ?? 0) - (hidden.solarKwh ?? 0),
      kitchen: (truth.circuits.get('kitchen') ?? 0) - (hidden.circuits.get('kitchen') ?? 0),
      fridge: (truth.circuits.get('fridge') ?? 0) - (hidden.circuits.get('fridge') ?? 0),
    };
    for (const [name, kwh] of Object.entries(expected)) {
      const deviation = Math.abs((measured as Record<string, number>)[name] ?? NaN) / Math.abs(kwh) - 1;
      expect([name, Math.abs(deviation) < 0.001]).toEqual([name, true]);
    }
    expect(mostDailyDeviationKwh).toBeGreaterThan(0);
    expect(mostDailyDeviationKwh).toBeLessThan(0.05);

    expect(mostRequests).toBeGreaterThan(1_440);
    expect(mostRequests).toBeLessThanOrEqual(REQUESTS_PER_DAY);
    expect(collector.failures.get('unavailable')).toBeGreaterThan(50);
    expect([...collector.failures.keys()]).toEqual(['unavailable']);
    expect(simulator.userPool.passwordLogIns).toBe(1);
  }, 600_000);
});

/** How far the energy since local midnight is from the truth, kWh; null where a reading does not speak of it. */
function dailyDeviation(reading: MeterReading | undefined, household: Household): number | null {
  if (reading?.provenance !== 'live' || typeof reading.dailyKwh !== 'number') return null;
  const local = DateTime.fromJSDate(reading.observedAt, { zone: household.timeZone });
  // What Emporia lost is not in its figure of that day either.
  if (local.hasSame(DateTime.fromJSDate(LOST.from, { zone: household.timeZone }), 'day')) return null;
  const truth = household.energyKwhBetween(local.startOf('day').toJSDate(), reading.observedAt);
  return Math.abs(reading.dailyKwh - truth.totalKwh);
}
