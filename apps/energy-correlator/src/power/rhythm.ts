import { Journal } from '@smart-meter/journal';
import { POWER_METER_ID } from './power-samples';

/** A sample, as far as its time goes. */
export interface Beat {
  atMs: number;
  averagedOverS: number;
}

const FEWEST_SAMPLES = 10;
/** A source that is asked at an interval keeps to it, give or take this share, most of the time. */
const JITTER_SHARE = 0.25;
const REGULAR_SHARE = 0.8;
/** It hardly ever answers after less than half of it; a home at rest changes at an interval too, but now and then sooner. */
const EARLY_SHARE = 0.03;
const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

/** Whether samples come from a source that tells changes alone; false for those at an interval, for means and for few. */
export function tellsChangesAlone(samples: readonly Beat[]): boolean {
  if (samples.length < FEWEST_SAMPLES || samples.some(({ averagedOverS }) => averagedOverS > 0)) return false;
  const gapsMs = samples.slice(1).map(({ atMs }, index) => atMs - (samples[index]?.atMs ?? atMs));
  const usualMs = [...gapsMs].sort((a, b) => a - b)[gapsMs.length >> 1] ?? 0;
  const regular = gapsMs.filter((gapMs) => Math.abs(gapMs - usualMs) <= JITTER_SHARE * usualMs);
  const early = gapsMs.filter((gapMs) => gapMs < usualMs / 2);
  return regular.length < REGULAR_SHARE * gapsMs.length || early.length >= EARLY_SHARE * gapsMs.length;
}

/**
 * How the home's power is told, by the power that is kept. A whole day tells it: an hour of the night can look like a
 * source that is asked every half minute.
 */
export class PowerRhythm {
  #judgedMs = -Infinity;
  #changesAlone = false;

  constructor(private readonly journal: Pick<Journal, 'findSeries' | 'samples'>) {}

  /** By the day before the hour that an instant is in, so that the answer does not depend on when it was asked for. */
  tellsChangesAlone(atMs: number): boolean {
    const untilMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
    if (untilMs !== this.#judgedMs) {
      const day = this.#beats(untilMs - DAY_MS, untilMs);
      const isNew = day.length < FEWEST_SAMPLES;
      this.#changesAlone = tellsChangesAlone(isNew ? this.#beats(untilMs - DAY_MS, atMs) : day);
      this.#judgedMs = isNew ? -Infinity : untilMs;
    }
    return this.#changesAlone;
  }

  #beats(fromMs: number, toMs: number): Beat[] {
    const find = (quantity: 'totalPowerW' | 'gridPowerW') =>
      this.journal.findSeries({ meterId: POWER_METER_ID, quantity, circuitId: null });
    const series = find('totalPowerW') ?? find('gridPowerW');
    return series ? this.journal.samples(series.id, { from: new Date(fromMs), to: new Date(toMs) }) : [];
  }
}
