import { MeterReading } from '@smart-meter/meter-adapter';
import { BenchRow, median } from '../bench-row';
import { CIRCUITS, sampleReading } from '../influx-writer/sample-home';
import { ScratchJournal, scratchJournal } from './scratch-journal';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const READINGS_PER_DAY = 8_640;
const REPEATS = 15;

/**
 * How long questions take, ms, the median of fifteen: one circuit's raw samples of a day at 10 s; the hourly means of
 * 20 circuits; a year of days of one circuit.
 * @param days of readings of 20 circuits; before them the first circuit has hourly means up to a year
 */
export function benchQueries(days = 30): BenchRow[] {
  const start = sampleReading(0).observedAt;
  const end = new Date(start.getTime() + days * DAY_MS);
  const scratch = scratchJournal(start);
  try {
    fill(scratch, days, start, end);
    const { journal } = scratch;
    const series = journal.series().filter(({ quantity }) => quantity === 'circuitPowerW');
    const first = series[0]?.id ?? 0;
    const lastDay = { from: new Date(end.getTime() - DAY_MS), to: end };
    const year = { from: new Date(end.getTime() - 365 * DAY_MS), to: end };
    return [
      timed(`one circuit, one day at 10 s`, READINGS_PER_DAY, () => journal.samples(first, lastDay).length),
      timed(`hourly means of ${CIRCUITS} circuits over ${days} days`, CIRCUITS * days * 24, () =>
        series.reduce(
          (rows, { id }) => rows + journal.rollups(id, 'hour', { from: start, to: end }).length,
          0,
        ),
      ),
      timed('a year of days of one circuit', 365, () => journal.energy(first, 'day', year).length),
    ];
  } finally {
    scratch.remove();
  }
}

function timed(name: string, expectedRows: number, query: () => number): BenchRow {
  const tookMs = Array.from({ length: REPEATS }, () => {
    const startMs = performance.now();
    const rows = query();
    const ms = performance.now() - startMs;
    // The edges of local days and hours are not those of the data.
    if (Math.abs(rows - expectedRows) > expectedRows / 20) throw new Error(`${name}: ${rows} rows`);
    return ms;
  });
  return { name, value: median(tookMs), unit: 'ms' };
}

function fill({ journal, setNow }: ScratchJournal, days: number, start: Date, end: Date): void {
  const hoursBefore = (365 - days) * 24;
  for (let hour = 0; hour < hoursBefore; hour += 24) {
    journal.append({
      readings: Array.from({ length: 24 }, (_, i): MeterReading => {
        const { meterId, circuits } = sampleReading(hour + i);
        const observedAt = new Date(start.getTime() - (hour + i) * HOUR_MS);
        return {
          meterId,
          observedAt,
          averagedOverS: 3_600,
          circuits: circuits.slice(0, 1),
          provenance: 'backfill',
        };
      }),
    });
  }
  for (let first = 0; first < days * READINGS_PER_DAY; first += 360) {
    const readings = Array.from({ length: 360 }, (_, i) => sampleReading(first + i));
    setNow(readings.at(-1)?.observedAt ?? end);
    journal.append({ readings });
    journal.maintain();
  }
  setNow(end);
  while (!journal.maintain().idle);
}
