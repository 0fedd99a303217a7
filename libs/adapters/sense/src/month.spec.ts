import { HistoryChunk, isMeterError, MeterReading } from '@smart-meter/meter-adapter';
import { SenseSimulator } from '@smart-meter/simulators';
import { createSenseAdapter } from './streaming-sense-adapter';
import { SenseAccount } from './sense-account';
import { SenseAdapter } from './sense-adapter';
import { MemoryTokenStore } from './testing/memory-token-store';
import { RacingClock } from './testing/racing-clock';
import {
  accountOptions,
  household,
  MONITOR_ID,
  never,
  OLD_FIRMWARE,
  startSense,
} from './testing/sense-fixture';

jest.setTimeout(180_000);

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** 31 local days, one of them with 25 hours. */
const FROM = new Date('2026-10-15T06:00:00Z');
const TO = new Date('2026-11-15T07:00:00Z');
const hoursAfterStart = (hours: number) => new Date(FROM.getTime() + hours * HOUR_MS);

/** The monitor without power. */
const MONITOR_OUTAGES = [
  { from: hoursAfterStart(50), to: hoursAfterStart(53) },
  { from: hoursAfterStart(300), to: hoursAfterStart(330) },
];
/** This side without power. */
const OUR_OUTAGES = [
  { from: hoursAfterStart(100), to: hoursAfterStart(131) },
  { from: hoursAfterStart(400), to: hoursAfterStart(530) },
];

describe.each([
  ['by REST', '1.64.3131-ab12cd3-release', 60],
  ['by short live reads', OLD_FIRMWARE, 240],
])('a month of a home, read %s', (_name, firmware, pollMinutes) => {
  let clock: RacingClock;
  let simulator: SenseSimulator;
  let store: MemoryTokenStore;
  let adapter: SenseAdapter;
  const readings: MeterReading[] = [];
  const history: HistoryChunk[] = [];
  let failures = 0;

  const startProcess = () => {
    const account = new SenseAccount(accountOptions(simulator, clock, store));
    return createSenseAdapter({ meterId: 'home', account });
  };

  beforeAll(async () => {
    clock = new RacingClock(FROM.toISOString());
    simulator = await startSense(clock, {
      monitors: [{ id: Number(MONITOR_ID), household, solarConfigured: true, firmware }],
      rotation: 'strict',
      feedIntervalMs: HOUR_MS,
    });
    simulator.monitors[0]?.outages.push(...MONITOR_OUTAGES);
    store = new MemoryTokenStore();
    adapter = startProcess();
    await liveThroughMonth();
    clock.goTo(new Date(TO.getTime() + HOUR_MS));
    await readHistory();
  });
  afterAll(async () => {
    await adapter.close();
    await simulator.close();
  });

  async function liveThroughMonth(): Promise<void> {
    for (let poll = 0; ; poll += 1) {
      // Two minutes past: a monitor's last update of some seconds ago still counts as now.
      const at = new Date(FROM.getTime() + (poll * pollMinutes + 2) * MINUTE_MS);
      if (at >= TO) return;
      clock.goTo(at);
      if (within(OUR_OUTAGES, at)) {
        // Killed, not closed: what is not in the store is gone.
        adapter = startProcess();
        continue;
      }
      harm(poll);
      try {
        readings.push((await adapter.fetchConsumption(never)).reading);
      } catch (error) {
        if (!isMeterError(error)) throw error;
        failures += 1;
      }
    }
  }

  /** The cloud has a bad day every other day. */
  function harm(poll: number): void {
    const { faults, accounts } = simulator;
    const live = { path: /realtime/ };
    if (poll % 37 === 5) faults.next({ kind: 'status', status: 503 }, live);
    if (poll % 41 === 7) faults.next({ kind: 'status', status: 429, retryAfterS: 4000 }, live);
    if (poll % 43 === 11) faults.next({ kind: 'drop' }, live);
    if (poll % 47 === 13) faults.next({ kind: 'html' }, { path: /history/ });
    if (poll % 53 === 17) faults.next({ kind: 'truncate', afterBytes: 40 }, { path: /history/ });
    if (poll % 61 === 19) accounts.revokeAccessTokens();
    if (poll % 113 === 23) accounts.revokeSessions();
  }

  /** As a collector does it: goes on at the last chunk's end, after the wait that is asked for. */
  async function readHistory(): Promise<void> {
    let from = FROM;
    simulator.faults.next(
      [null, null, null, { kind: 'status', status: 502 }, { kind: 'drop' }, null, { kind: 'html' }],
      { path: /history/, times: 6 },
    );
    while (from < TO) {
      try {
        for await (const chunk of adapter.fetchHistory({ from, to: TO }, never)) {
          history.push(chunk);
          from = chunk.range.to;
        }
      } catch (error) {
        if (!isMeterError(error) || !error.retryable) throw error;
        clock.goTo(new Date(clock.now().getTime() + (error.retryAfterMs ?? MINUTE_MS)));
      }
    }
  }

  it('tells live what the home drew at that instant, circuit by circuit, and nothing while the monitor is away', () => {
    expect(failures).toBeGreaterThan(10);
    expect(readings.length).toBeGreaterThan(100);
    for (const { observedAt, totalPowerW, solarPowerW, gridPowerW, circuits } of readings) {
      expect(within(MONITOR_OUTAGES, observedAt)).toBe(false);
      const truth = household.powerAt(observedAt);
      expect({ totalPowerW, solarPowerW, gridPowerW }).toEqual({
        totalPowerW: truth.totalPowerW,
        solarPowerW: truth.solarPowerW,
        gridPowerW: truth.totalPowerW - (truth.solarPowerW ?? 0),
      });
      const devices = simulator.monitors[0]?.devicePowersW(observedAt);
      expect(Object.fromEntries(circuits.map(({ id, powerW }) => [id, powerW]))).toEqual(
        Object.fromEntries(devices ?? []),
      );
    }
  });

  it('tells the energy since local midnight, never of another day', () => {
    let told = 0;
    for (const { observedAt, dailyKwh } of readings) {
      if (dailyKwh === null || dailyKwh === undefined) continue;
      const midnight = localMidnight(observedAt);
      if (MONITOR_OUTAGES.some(({ from, to }) => from < observedAt && to > midnight)) continue;
      const since = (at: Date) =>
        household.energyKwhBetween(midnight, at > midnight ? at : midnight).totalKwh;
      const settledUntil = new Date(observedAt.getTime() - 2.5 * HOUR_MS);
      expect(dailyKwh).toBeLessThanOrEqual(since(observedAt) + 1e-9);
      expect(dailyKwh).toBeGreaterThanOrEqual(since(settledUntil) - 1e-9);
      told += 1;
    }
    expect(told).toBeGreaterThan(readings.length / 2);
  });

  it('has every hour that Sense had, once, and says of the others that they do not exist', () => {
    const told = history.flatMap((chunk) => chunk.readings);
    const hours: string[] = [];
    for (let end = hoursAfterStart(1); end <= TO; end = new Date(end.getTime() + HOUR_MS)) {
      if (!within(MONITOR_OUTAGES, new Date(end.getTime() - HOUR_MS))) hours.push(end.toISOString());
    }
    expect(hours).toHaveLength(31 * 24 + 1 - 33);
    expect(told.map(({ observedAt }) => observedAt.toISOString())).toEqual(hours);
    const missing = history.flatMap(({ unavailable }) => unavailable.map(({ range }) => range));
    const missingMs = missing.reduce((sum, { from, to }) => sum + to.getTime() - from.getTime(), 0);
    expect(missingMs).toBe(33 * HOUR_MS);
    expect(missing.every(({ from }) => within(MONITOR_OUTAGES, from))).toBe(true);
  });

  it('adds up to the energy of the home within 0.1 %, in all and for every device, solar and grid', () => {
    const told = history.flatMap((chunk) => chunk.readings);
    const truth = new Map<string, number>();
    const add = (name: string, kwh: number | null) => truth.set(name, (truth.get(name) ?? 0) + (kwh ?? 0));
    for (const { from, to } of measuredParts()) {
      const energy = household.energyKwhBetween(from, to);
      add('home', energy.totalKwh);
      add('solar', energy.solarKwh);
      add('grid', energy.gridImportKwh - energy.gridExportKwh);
      for (const { id, applianceIds } of simulator.monitors[0]?.devices ?? []) {
        for (const appliance of applianceIds) add(id, energy.circuits.get(appliance) ?? 0);
      }
    }
    const sums = new Map<string, number>();
    const sum = (name: string, powerW: number | null | undefined) =>
      sums.set(name, (sums.get(name) ?? 0) + (powerW ?? Number.NaN) / 1000);
    for (const { totalPowerW, solarPowerW, gridPowerW, circuits } of told) {
      sum('home', totalPowerW);
      sum('solar', solarPowerW);
      sum('grid', gridPowerW);
      for (const { id, powerW } of circuits) sum(id, powerW);
    }
    for (const [name, kwh] of truth) {
      const difference = Math.abs((sums.get(name) ?? 0) - kwh);
      expect({ name, isNear: difference <= Math.abs(kwh) * 0.001 }).toEqual({ name, isNear: true });
    }
    expect(truth.get('home')).toBeGreaterThan(100);
  });

  it('logs in no more often than every 15 minutes, through all of it', () => {
    const times = simulator.accounts.loginTimes.map((at) => at.getTime());
    expect(times.length).toBeGreaterThan(1);
    for (const [index, at] of times.entries()) {
      expect(at - (times[index - 1] ?? -Infinity)).toBeGreaterThanOrEqual(15 * MINUTE_MS);
    }
  });

  function measuredParts() {
    const [first, second] = MONITOR_OUTAGES;
    if (!first || !second) throw new Error('two outages are scripted');
    return [
      { from: FROM, to: first.from },
      { from: first.to, to: second.from },
      { from: second.to, to: TO },
    ];
  }
});

function within(ranges: readonly { from: Date; to: Date }[], at: Date): boolean {
  return ranges.some(({ from, to }) => from <= at && at < to);
}

/** In Denver: UTC-6 until November 1st, then UTC-7. */
function localMidnight(at: Date): Date {
  const offsetMs = (at < new Date('2026-11-01T08:00:00Z') ? 6 : 7) * HOUR_MS;
  const midnight = Math.floor((at.getTime() - offsetMs) / (24 * HOUR_MS)) * 24 * HOUR_MS + offsetMs;
  const isChangeDay = at >= new Date('2026-11-01T08:00:00Z') && at < new Date('2026-11-02T07:00:00Z');
  return isChangeDay ? new Date('2026-11-01T06:00:00Z') : new Date(midnight);
}
