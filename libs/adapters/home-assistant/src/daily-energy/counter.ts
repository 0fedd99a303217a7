import { instantOrNull } from '@smart-meter/meter-adapter';
import { DateTime } from 'luxon';
import { energyKwh, EntityState, textAttribute } from '../entity-state/entity-state';

/** What an energy sensor says at one instant. */
export interface CounterSample {
  /** The instant that the value is read for. */
  at: Date;
  valueKwh: number;
  /** Home Assistant's `state_class`. */
  stateClass: string | undefined;
  /** When the counter was last set to zero, where it says so. */
  lastReset: Date | null;
  /** The state was in force unchanged since then. */
  changedAt: Date | null;
  /** The sensor says by its name or attributes that it shows the energy of a day. */
  isCalledDaily: boolean;
}

export type CounterEntity = Pick<EntityState, 'entityId' | 'state' | 'attributes' | 'lastChangedAt'>;

/** null where the state is no energy, or below zero where a counter cannot be. */
export function counterSample(entity: CounterEntity, at: Date): CounterSample | null {
  const valueKwh = energyKwh(entity);
  const stateClass = textAttribute(entity.attributes, 'state_class');
  if (valueKwh === null || (stateClass !== 'total' && valueKwh < 0)) return null;
  return {
    at,
    valueKwh,
    stateClass,
    lastReset: instantOrNull(entity.attributes['last_reset']),
    changedAt: entity.lastChangedAt,
    isCalledDaily: isCalledDaily(entity, stateClass),
  };
}

export interface CounterStep {
  deltaKwh: number;
  /** The counter began anew in between, so that its whole value is new. */
  isReset: boolean;
}

/**
 * What a counter has counted between two samples, by Home Assistant's rules: `total` moves both ways and begins anew
 * when `last_reset` does; all others begin anew when they fall by more than a tenth, less is jitter.
 */
export function counterStep(
  before: { valueKwh: number; lastResetMs: number | null },
  sample: CounterSample,
): CounterStep {
  const lastResetMs = sample.lastReset?.getTime() ?? null;
  const saysReset = lastResetMs !== null && before.lastResetMs !== null && lastResetMs > before.lastResetMs;
  const fellToAnew = sample.stateClass !== 'total' && sample.valueKwh < 0.9 * before.valueKwh;
  return saysReset || fellToAnew
    ? { deltaKwh: sample.valueKwh, isReset: true }
    : { deltaKwh: sample.valueKwh - before.valueKwh, isReset: false };
}

/** Whether the value is the energy since this local midnight, without knowing anything of the time before. */
export function countsSince(midnight: DateTime, sample: CounterSample): boolean {
  const midnightMs = midnight.toMillis();
  if (sample.lastReset) return Math.abs(sample.lastReset.getTime() - midnightMs) <= RESET_TOLERANCE_MS;
  if (!sample.isCalledDaily || sample.valueKwh > IMPLAUSIBLE_DAY_KWH) return false;
  const isOfToday = sample.changedAt === null || sample.changedAt.getTime() >= midnightMs;
  const isResetDue = sample.at.getTime() - midnightMs >= LATEST_RESET_MS;
  return isOfToday || isResetDue || sample.valueKwh === 0;
}

/** A daily counter may show yesterday until then; what it shows later is today's. */
const LATEST_RESET_MS = 60 * 60_000;

/** 40 kW around the clock: no home, but a lifetime counter under a misleading name. */
const IMPLAUSIBLE_DAY_KWH = 1000;

/** Integrations reset with their next poll after midnight. */
const RESET_TOLERANCE_MS = 10 * 60_000;

const DAILY_NAME =
  /(^|_)(today|daily|day|heute|tages\w*|vandaag|dag\w*|jour\w*|aujourd\w*|hoy|diari[oa]|hoje|oggi|giornalier[oa])(_|$)/;

/** Without the state class of a counter it is a sensor that somebody made to show a day. */
function isCalledDaily({ entityId, attributes }: CounterEntity, stateClass: string | undefined): boolean {
  const period = textAttribute(attributes, 'meter_period');
  if (period !== undefined) return period === 'daily';
  const isCounter = stateClass === 'total' || stateClass === 'total_increasing';
  return !isCounter || DAILY_NAME.test(entityId.slice(entityId.indexOf('.') + 1));
}
