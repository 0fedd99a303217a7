import { JournalReader, Period, Resolution, Sample, Series } from '@smart-meter/journal';

/** What is known of one series in one step. */
export interface StepAnswer {
  /** Start of the step, UTC. */
  timestamp: string;
  series: string;
  /** In the series' unit; over time for steps of 5 minutes and more, else over the samples. */
  mean: number;
  min: number;
  max: number;
  /** For powers in steps of 5 minutes and more: over the covered time. */
  energy_kwh?: number;
  /** For how much of the step the value is known; for steps of 5 minutes and more. */
  covered_s?: number;
}

const RESOLUTION_OF: Readonly<Record<string, Resolution>> = {
  '5m': '5m',
  '300': '5m',
  hour: 'hour',
  day: 'day',
};

/** null where many samples were read that make no step yet. */
export type StepSource = Generator<StepAnswer | null, void, undefined>;

/** The steps of one series, oldest first: from the roll-ups where they fit, else from the samples. */
export function* steps(journal: JournalReader, series: Series, every: string, period: Period): StepSource {
  const resolution = RESOLUTION_OF[every];
  if (resolution) yield* rolledUpSteps(journal, series, resolution, period);
  else yield* sampledSteps(journal, series, Number(every) * 1000, period);
}

function* rolledUpSteps(
  journal: JournalReader,
  series: Series,
  resolution: Resolution,
  period: Period,
): Generator<StepAnswer, void, undefined> {
  const key = seriesKey(series);
  for (const { startMs, mean, min, max, energyWh, coveredMs } of journal.rollups(
    series.id,
    resolution,
    period,
  )) {
    yield {
      timestamp: new Date(startMs).toISOString(),
      series: key,
      mean,
      min,
      max,
      ...(energyWh === null ? {} : { energy_kwh: energyWh / 1000 }),
      covered_s: coveredMs / 1000,
    };
  }
}

function* sampledSteps(journal: JournalReader, series: Series, stepMs: number, period: Period): StepSource {
  const key = seriesKey(series);
  let step: { startMs: number; sum: number; count: number; min: number; max: number } | undefined;
  const answer = ({ startMs, sum, count, min, max }: NonNullable<typeof step>): StepAnswer => ({
    timestamp: new Date(startMs).toISOString(),
    series: key,
    mean: sum / count,
    min,
    max,
  });
  for (const samples of samplePages(journal, series, period)) {
    for (const { atMs, value, averagedOverS } of samples) {
      if (value === null) continue;
      // A mean belongs to the step that it ends in.
      const startMs = Math.floor((averagedOverS > 0 ? atMs - 1 : atMs) / stepMs) * stepMs;
      if (step?.startMs !== startMs) {
        if (step) yield answer(step);
        step = { startMs, sum: 0, count: 0, min: value, max: value };
      }
      step.sum += value;
      step.count += 1;
      step.min = Math.min(step.min, value);
      step.max = Math.max(step.max, value);
    }
    yield null;
  }
  if (step) yield answer(step);
}

const SERIES_KEYS: Readonly<Record<Series['quantity'], (circuitId: string) => string>> = {
  totalPowerW: () => 'home',
  dailyKwh: () => 'daily_energy',
  gridPowerW: () => 'grid',
  solarPowerW: () => 'solar',
  batteryPowerW: () => 'battery',
  circuitPowerW: (id) => `circuit:${id}`,
  circuitDailyKwh: (id) => `circuit_energy:${id}`,
};

/** `home`, `daily_energy`, `grid`, `solar`, `battery`, `circuit:<id>` or `circuit_energy:<id>`. */
export function seriesKey({ quantity, circuitId }: Series): string {
  return SERIES_KEYS[quantity](circuitId ?? '');
}

const SAMPLES_PER_PAGE = 1_000;

function* samplePages(
  journal: JournalReader,
  series: Series,
  period: Period,
): Generator<readonly Sample[], void, undefined> {
  let page = journal.samplePage(series.id, period, { limit: SAMPLES_PER_PAGE });
  for (;;) {
    yield page.samples;
    if (!page.nextCursor) return;
    page = journal.samplePage(series.id, period, { limit: SAMPLES_PER_PAGE, after: page.nextCursor });
  }
}
