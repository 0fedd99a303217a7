import { JournalReader, Period } from '@smart-meter/journal';
import { MeterReading } from '@smart-meter/meter-adapter';
import { ReadingAnswer, readingAnswer } from './answers/reading-answer';
import { StepAnswer, steps } from './answers/step-answer';

export interface RowsWanted {
  meterId: string;
  period: Period;
  /** `raw`, `5m`, `hour`, `day` or seconds. */
  every: string;
  /** `all`, `none`, or ids separated by commas. */
  circuits: string;
}

export type ReadingRow = ReadingAnswer | StepAnswer;

/** Rows, read on as they are asked for; null where there was much to read and nothing to tell yet. */
export type RowSource = Generator<ReadingRow | null, void, undefined>;

/** The rows of an answer: memory stays flat however long the period is. */
export function readingRows(journal: JournalReader, wanted: RowsWanted): RowSource {
  return wanted.every === 'raw' ? rawRows(journal, wanted) : stepRows(journal, wanted);
}

function* rawRows(journal: JournalReader, { meterId, period, circuits }: RowsWanted): RowSource {
  const isWanted = circuitFilter(circuits);
  for (const reading of journal.readings({ ...period, meterId })) {
    const part: MeterReading = { ...reading, circuits: reading.circuits.filter(({ id }) => isWanted(id)) };
    yield part.circuits.length > 0 || speaksOfHome(part) ? readingAnswer(part) : null;
  }
}

function* stepRows(journal: JournalReader, { meterId, period, every, circuits }: RowsWanted): RowSource {
  const isWanted = circuitFilter(circuits);
  for (const series of journal.series(meterId)) {
    if (series.circuitId === null || isWanted(series.circuitId)) yield* steps(journal, series, every, period);
  }
}

function circuitFilter(circuits: string): (id: string) => boolean {
  if (circuits === 'all') return () => true;
  if (circuits === 'none') return () => false;
  const ids = new Set(circuits.split(','));
  return (id) => ids.has(id);
}

function speaksOfHome({
  totalPowerW,
  dailyKwh,
  gridPowerW,
  solarPowerW,
  batteryPowerW,
}: MeterReading): boolean {
  return [totalPowerW, dailyKwh, gridPowerW, solarPowerW, batteryPowerW].some((value) => value !== undefined);
}
