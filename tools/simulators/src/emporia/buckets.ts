import { HouseholdEnergy } from '@smart-meter/household';
import { DateTime } from 'luxon';
import { Outage, SimulatedChannel, SimulatedDevice } from './devices';

export type Scale = '1S' | '1MIN' | '15MIN' | '1H' | '1D' | '1W' | '1MON' | '1Y';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface ScaleFacts {
  /** null = calendar steps in the device's zone. */
  readonly stepMs: number | null;
  /** The longest chart. */
  readonly windowMs: number;
  readonly keptForMs: number;
}

export const SCALES: Readonly<Record<Scale, ScaleFacts>> = {
  '1S': { stepMs: 1000, windowMs: HOUR_MS, keptForMs: 3 * HOUR_MS },
  '1MIN': { stepMs: 60_000, windowMs: 12 * HOUR_MS, keptForMs: 7 * DAY_MS },
  '15MIN': { stepMs: 900_000, windowMs: 7 * DAY_MS + HOUR_MS, keptForMs: 365 * DAY_MS },
  '1H': { stepMs: HOUR_MS, windowMs: 32 * DAY_MS, keptForMs: Infinity },
  '1D': { stepMs: null, windowMs: Infinity, keptForMs: Infinity },
  '1W': { stepMs: null, windowMs: Infinity, keptForMs: Infinity },
  '1MON': { stepMs: null, windowMs: Infinity, keptForMs: Infinity },
  '1Y': { stepMs: null, windowMs: Infinity, keptForMs: Infinity },
};

const CALENDAR_UNIT = { '1D': 'day', '1W': 'week', '1MON': 'month', '1Y': 'year' } as const;

export interface Bucket {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The bucket that contains an instant. */
export function bucketAt(atMs: number, scale: Scale, timeZone: string): Bucket {
  const { stepMs } = SCALES[scale];
  if (stepMs !== null) {
    const fromMs = Math.floor(atMs / stepMs) * stepMs;
    return { fromMs, toMs: fromMs + stepMs };
  }
  const unit = CALENDAR_UNIT[scale as keyof typeof CALENDAR_UNIT];
  const start = DateTime.fromMillis(atMs, { zone: timeZone }).startOf(unit);
  return { fromMs: start.toMillis(), toMs: start.plus({ [unit]: 1 }).toMillis() };
}

/** What Emporia's store knows of one moment on. */
export interface StoreFacts {
  readonly nowMs: number;
  /** How long a measured second takes to arrive. */
  readonly ingestionLagMs: number;
  /** How long after midnight the day's energy still contains yesterday's. */
  readonly midnightLagMs: number;
}

/**
 * kWh of a channel in a bucket as the store answers now; null = no data. A bucket that is not over holds what has
 * arrived so far.
 */
export function bucketEnergyKwh(
  device: SimulatedDevice,
  channel: SimulatedChannel,
  bucket: Bucket,
  scale: Scale,
  store: StoreFacts,
): number | null {
  const { stepMs, keptForMs } = SCALES[scale];
  const arrivedMs = store.nowMs - store.ingestionLagMs;
  const laggingMidnight =
    scale === '1D' && bucket.toMs > store.nowMs && store.nowMs - bucket.fromMs < store.midnightLagMs;
  const fromMs = laggingMidnight ? bucketAt(bucket.fromMs - 1, scale, device.timeZone).fromMs : bucket.fromMs;
  const toMs = Math.min(bucket.toMs, arrivedMs);
  if (fromMs < device.installedAt.getTime() || toMs <= fromMs || store.nowMs - bucket.toMs > keptForMs)
    return null;
  const touching = device.outages.filter((outage) => overlapMs(outage, fromMs, toMs) > 0);
  if (stepMs !== null && touching.some((outage) => isMissing(outage, store.nowMs))) return null;
  let energyKwh = energyBetween(device, channel, fromMs, toMs);
  for (const outage of touching) {
    const missing = isMissing(outage, store.nowMs);
    if (outage.afterwards === 'uploaded' && !missing) continue;
    const hiddenFromMs = Math.max(fromMs, outage.from.getTime());
    const hiddenToMs = Math.min(toMs, outage.to.getTime());
    energyKwh -= energyBetween(device, channel, hiddenFromMs, hiddenToMs);
    if (missing) continue;
    const share = (hiddenToMs - hiddenFromMs) / (outage.to.getTime() - outage.from.getTime());
    energyKwh += share * energyBetween(device, channel, outage.from.getTime(), outage.to.getTime());
  }
  return energyKwh;
}

function isMissing({ to, afterwards }: Outage, nowMs: number): boolean {
  return afterwards === 'lost' || nowMs < to.getTime();
}

function overlapMs({ from, to }: Outage, fromMs: number, toMs: number): number {
  return Math.max(0, Math.min(toMs, to.getTime()) - Math.max(fromMs, from.getTime()));
}

/** The channels of a request, and the charts of a device, ask for the same stretches: each is integrated once. */
const integrated = new WeakMap<object, Map<string, HouseholdEnergy>>();
const MOST_KEPT = 5_000;

function energyBetween(
  { household }: SimulatedDevice,
  channel: SimulatedChannel,
  fromMs: number,
  toMs: number,
): number {
  const known = integrated.get(household) ?? new Map<string, HouseholdEnergy>();
  integrated.set(household, known);
  const key = `${fromMs}-${toMs}`;
  let energy = known.get(key);
  if (!energy) {
    energy = household.energyKwhBetween(new Date(fromMs), new Date(toMs));
    if (known.size >= MOST_KEPT) known.clear();
    known.set(key, energy);
  }
  return channel.energyKwh(energy);
}
