import { isMeterError, MeterReading } from '@smart-meter/meter-adapter';
import { readingFaults } from '@smart-meter/meter-adapter-testkit';
import * as fc from 'fast-check';
import { dayReadings } from './history/day-readings';
import { localDay } from './history/local-day';
import { parseDayUsage, parseSolarUsage } from './history/usage';
import { CircuitTable } from './live/circuits';
import { parseInventory } from './live/devices';
import { parseLiveUpdate } from './live/live-update';

const asked = new Date('2026-10-02T20:00:00Z');
/** Any JSON, and numbers that JSON texts can overflow to. */
const anything = fc.oneof(fc.jsonValue(), fc.double(), fc.constant(Infinity), fc.constant(undefined));
const id = fc.oneof(fc.constantFrom('a', 'b', 'unknown', 'always_on', 'solar'), anything);
const device = fc.oneof(
  anything,
  fc.record({ id, name: anything, tags: anything, w: anything, consumption: anything }, { requiredKeys: [] }),
);
const hours = fc.oneof(anything, fc.array(fc.oneof(fc.double(), anything), { maxLength: 26 }));
const energy = fc.record({ usage_total_kwh: anything, usage_breakdown_kwh: hours }, { requiredKeys: [] });

/** Sound readings or a typed error, whatever comes. */
function soundOrTyped(read: () => MeterReading[]): void {
  try {
    for (const reading of read()) expect(readingFaults(reading)).toEqual([]);
  } catch (error) {
    if (!isMeterError(error)) throw error;
    expect(error.code).toBe('malformed_response');
  }
}

describe('a cloud that lies', () => {
  it('gets no unsound live reading through', () => {
    const list = fc.oneof(anything, fc.array(device, { maxLength: 6 }));
    const update = fc.record(
      {
        w: anything,
        solar_w: anything,
        grid_w: anything,
        channels: anything,
        voltage: anything,
        hz: anything,
        aux: anything,
        epoch: anything,
        frame: anything,
        devices: list,
        _stats: anything,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(update, anything), list, (payload, inventory) => {
        soundOrTyped(() => {
          const parsed = parseLiveUpdate(payload);
          const table = new CircuitTable();
          if (Array.isArray(inventory)) table.learn(parseInventory(inventory));
          const { totalPowerW, gridPowerW = null, solarPowerW = null, measuredAt } = parsed;
          const observedAt = measuredAt ?? asked;
          const circuits = table.circuits(parsed);
          const common = { meterId: 'home', averagedOverS: 0, provenance: 'live' } as const;
          return [{ ...common, observedAt, totalPowerW, gridPowerW, solarPowerW, circuits }];
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('gets no unsound history through', () => {
    const usage = fc.record(
      {
        start: fc.oneof(fc.constant('2026-10-02T06:00:00Z'), anything),
        end: fc.oneof(fc.constant('2026-10-03T06:00:00Z'), anything),
        consumption: fc.oneof(energy, anything),
        device_breakdown: fc.oneof(
          anything,
          fc.array(fc.record({ id, name: anything, consumption: energy }, { requiredKeys: [] }), {
            maxLength: 5,
          }),
        ),
      },
      { requiredKeys: [] },
    );
    const solar = fc.record(
      { total: anything, breakdown: fc.record({ production_kwh: hours, net_kwh: hours }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(usage, solar, (usagePayload, solarPayload) => {
        soundOrTyped(() => {
          const day = parseDayUsage(usagePayload, asked, localDay(asked, 'America/Denver'));
          const range = { from: day.start, to: day.end };
          return dayReadings('home', day, parseSolarUsage(solarPayload), range, new CircuitTable()).readings;
        });
      }),
      { numRuns: 1000 },
    );
  });
});
