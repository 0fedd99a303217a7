import { isMeterError } from '@smart-meter/meter-adapter';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dayReadings } from './history/day-readings';
import { localDay } from './history/local-day';
import { parseDayUsage, parseSolarUsage, totalOf } from './history/usage';
import { CircuitTable } from './live/circuits';
import { parseInventory } from './live/devices';
import { hasSnapshot } from './live/firmware';
import { parseLiveUpdate } from './live/live-update';
import { parseMonitor } from './monitor';
import { parseLogin, parseTokens } from './session/stored-session';

/** What came over the wire, under the name of what it is. */
interface RecordedCase {
  about: string;
  live?: unknown;
  inventory?: unknown;
  usage?: unknown;
  solar?: unknown;
  /** The day that was asked for, and the monitor's zone. */
  asked?: { at: string; timeZone: string | null };
  login?: unknown;
  renewal?: unknown;
  overviewMonitor?: unknown;
  firmware?: unknown;
}

const folder = join(__dirname, '..', 'testdata');
const now = new Date('2026-10-02T12:00:00Z');

function resultOf(recorded: RecordedCase): unknown {
  try {
    if ('login' in recorded) {
      const started = {
        deviceId: '00',
        email: 'owner@example.com',
        lastLoginAt: now,
        tokens: null,
        monitors: [],
      };
      return parseLogin(recorded.login, now, started);
    }
    if ('renewal' in recorded) {
      const previous = { userId: '61003', accessToken: 'old-access', refreshToken: 'old-refresh' };
      return parseTokens(recorded.renewal, now, { ...previous, issuedAt: now, expiresAt: now });
    }
    if ('overviewMonitor' in recorded) return parseMonitor(recorded.overviewMonitor);
    if ('firmware' in recorded) return { hasSnapshot: hasSnapshot(recorded.firmware) };
    if ('usage' in recorded) return usageResult(recorded);
    return liveResult(recorded);
  } catch (error) {
    if (!isMeterError(error)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}

function liveResult(recorded: RecordedCase): unknown {
  const inventory = 'inventory' in recorded ? parseInventory(recorded.inventory) : null;
  const table = new CircuitTable();
  if (inventory) table.learn(inventory);
  const passedOver = inventory ? { passedOver: inventory.passedOver } : {};
  if (!('live' in recorded)) return { kept: inventory?.kept, ...passedOver };
  const { devices, ...update } = parseLiveUpdate(recorded.live);
  return {
    ...update,
    devicesTold: devices !== null,
    circuits: table.circuits({ ...update, devices }),
    ...passedOver,
  };
}

function usageResult({ usage, solar, asked }: RecordedCase): unknown {
  const at = new Date(asked?.at ?? '');
  const day = parseDayUsage(usage, at, localDay(at, asked?.timeZone ?? null));
  const range = { from: day.start, to: day.end };
  const { readings, unavailable } = dayReadings(
    'home',
    day,
    solar === undefined ? null : parseSolarUsage(solar),
    range,
    new CircuitTable(),
  );
  return {
    range,
    totalKwh: totalOf(day),
    unavailable,
    readings: readings.map(
      ({ observedAt, totalPowerW, solarPowerW, gridPowerW, circuits, averagedOverS }) => ({
        at: observedAt.toISOString(),
        averagedOverS,
        ...rounded({ totalPowerW, solarPowerW, gridPowerW }),
        circuits: circuits.map(({ id, name, powerW }) => ({ id, name, ...rounded({ powerW }) })),
      }),
    ),
  };
}

/** To a milliwatt: sums of binary fractions differ in their last digit. */
function rounded(values: Record<string, number | null | undefined>): Record<string, number | null> {
  const known = Object.entries(values).filter(
    (entry): entry is [string, number | null] => entry[1] !== undefined,
  );
  return Object.fromEntries(
    known.map(([name, value]) => [name, value === null ? null : Math.round(value * 1000) / 1000]),
  );
}

describe('recorded cases', () => {
  it.each(readdirSync(folder))('%s', (name) => {
    const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, name, file), 'utf8'));
    const recorded = read('payload.json') as RecordedCase;
    const result: unknown = JSON.parse(JSON.stringify(resultOf(recorded)));
    expect(result).toEqual(read('expected.json'));
  });
});
