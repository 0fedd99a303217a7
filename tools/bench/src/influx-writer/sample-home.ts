import { MeterReading } from '@smart-meter/meter-adapter';

export const CIRCUITS = 20;
/** The home and each of its circuits. */
export const LINES_PER_READING = CIRCUITS + 1;

const START_MS = Date.UTC(2026, 0, 1);
const INTERVAL_MS = 10_000;

/** The n-th reading of a home with 20 circuits, every 10 s; values vary without a pattern that helps. */
export function sampleReading(index: number): MeterReading {
  const circuits = Array.from({ length: CIRCUITS }, (_, circuit) => ({
    id: `c${circuit}`,
    name: `sensor.power_circuit_${circuit}`,
    powerW: ((index * 7919 + circuit * 104_729) % 30_000) / 10,
  }));
  return {
    meterId: 'home',
    observedAt: new Date(START_MS + index * INTERVAL_MS),
    averagedOverS: 0,
    totalPowerW: circuits.reduce((sum, { powerW }) => sum + powerW, 0),
    dailyKwh: (index % 8_640) / 432,
    circuits,
    provenance: 'live',
  };
}
