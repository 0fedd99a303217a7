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

/** The rows of an answer, read on as they are asked for: memory stays flat however long the period is. */
export function readingRows(
  journal: JournalReader,
  wanted: RowsWanted,
): Generator<ReadingRow, void, undefined> {
  return wanted.every === 'raw' ? rawRows(journal, wanted) : stepRows(journal, wanted);
}

function* rawRows(journal: JournalReader, { meterId, period, circuits }: RowsWanted) {
  const isWanted = circuitFilter(circuits);
  for (const reading of journal.readings({ ...period, meterId })) {
    const part: MeterReading = { ...reading, circuits: reading.circuits.filter(({ id }) => isWanted(id)) };
    if (part.circuits.length > 0 || speaksOfHome(part)) yield readingAnswer(part);
  }
}

function* stepRows(journal: JournalReader, { meterId, period, every, circuits }: RowsWanted) {
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
