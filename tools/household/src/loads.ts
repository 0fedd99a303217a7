import { EntityAttributes, HomeEvent, Household } from './types';

/** A load that events switch, in the state and at the level in which it is switched on most often. */
export interface Load {
  entityId: string;
  circuitId: string;
  state: string;
  levelPercent: number | null;
  /** What switching it on changed, W: the median, 8 to 28 s after. */
  startW: number;
  /** What it drew from then on beyond its standby, W: the median, without the pauses of a thermostat. */
  runningW: number;
  /**
   * How often it was switched while no other load was, within half a minute. What never happens alone can be known
   * only as far as the others are.
   */
  aloneCount: number;
}

/** A load that draws far more on average than when it is switched on runs a programme: no one power is its own. */
const PROGRAMME_FACTOR = 1.5;
/** Another load that changes by less than this share does not hide this one. */
const NOTICEABLE_SHARE = 0.1;
const ALONE_WITHIN_MS = 30_000;
const SAMPLE_EVERY_MS = 5_000;

const INACTIVE = new Set(['off', 'closed', 'docked', 'idle', 'standby', 'paused']);

/** The loads of more than `leastW` that were switched on in a period, programmes left out. */
export function loadsOf(household: Household, from: Date, to: Date, leastW = 20): Load[] {
  const caused = household.eventsBetween(from, to).filter(({ truth }) => truth.circuitId !== null);
  return household.entities.flatMap(({ entityId, circuitId }): Load[] => {
    if (circuitId === null) return [];
    const events = caused.filter((event) => event.entityId === entityId);
    const usual = usualLevel(events);
    if (usual === null) return [];
    const { state, levelPercent, startW } = usual;
    const { kwh, hours } = switched(household, entityId, circuitId, from, to);
    if (startW <= leastW || (kwh * 1000) / hours > PROGRAMME_FACTOR * startW) return [];
    const runningW = drawnWhile(household, circuitId, events, usual, to) ?? startW;
    const aloneCount = events.filter(
      (event) =>
        Math.abs(event.truth.powerDeltaW) >= startW / 2 &&
        !caused.some((other) => hides(other, event, startW)),
    ).length;
    return [{ entityId, circuitId, state, levelPercent, startW, runningW, aloneCount }];
  });
}

/**
 * Whether a power is that of the load, within a share. One that starts with another power than it runs with has no
 * one power: then between the two.
 */
export function isPowerOf({ startW, runningW }: Load, powerW: number | null, share: number): boolean {
  if (powerW === null) return false;
  return (
    powerW >= (1 - share) * Math.min(startW, runningW) && powerW <= (1 + share) * Math.max(startW, runningW)
  );
}

/** What a load used beyond its standby while it was on, by the household's own account. */
export function switched(
  household: Household,
  entityId: string,
  circuitId: string,
  from: Date,
  to: Date,
): { kwh: number; hours: number } {
  let onSince: Date | null = null;
  let idleW = 0;
  const used = { kwh: 0, hours: 0 };
  for (const { state, truth, entityId: of } of household.eventsBetween(from, to)) {
    if (of !== entityId) continue;
    const at = truth.transitionAt;
    if (onSince === null) {
      idleW = idleBefore(household, circuitId, at);
    } else if (at > onSince) {
      const hours = (at.getTime() - onSince.getTime()) / 3.6e6;
      const kwh = household.energyKwhBetween(onSince, at).circuits.get(circuitId) ?? 0;
      used.kwh += kwh - (idleW * hours) / 1000;
      used.hours += hours;
    }
    onSince = INACTIVE.has(state) ? null : at;
  }
  return used;
}

interface UsualLevel {
  state: string;
  levelPercent: number | null;
  startW: number;
}

/** The state and level that an entity is switched on to most often. */
function usualLevel(events: readonly HomeEvent[]): UsualLevel | null {
  const byLevel = new Map<string, UsualLevel & { deltasW: number[] }>();
  for (const { state, previousState, attributes, truth } of events) {
    if (INACTIVE.has(state) || !INACTIVE.has(previousState)) continue;
    const levelPercent = levelOf(attributes);
    const key = `${state} ${levelPercent}`;
    const level = byLevel.get(key) ?? { state, levelPercent, startW: 0, deltasW: [] };
    level.deltasW.push(truth.powerDeltaW);
    byLevel.set(key, level);
  }
  const [most] = [...byLevel.values()].sort((a, b) => b.deltasW.length - a.deltasW.length);
  return most ? { ...most, startW: median(most.deltasW) } : null;
}

/** The median of what a load draws in a state and at a level while it draws at all; null where it never does. */
function drawnWhile(
  household: Household,
  circuitId: string,
  events: readonly HomeEvent[],
  { state, levelPercent }: UsualLevel,
  to: Date,
): number | null {
  const drawnW: number[] = [];
  let idleW = 0;
  events.forEach((event, index) => {
    if (INACTIVE.has(event.previousState)) idleW = idleBefore(household, circuitId, event.truth.transitionAt);
    if (event.state !== state || levelOf(event.attributes) !== levelPercent) return;
    const untilMs = (events[index + 1]?.truth.transitionAt ?? to).getTime();
    for (let atMs = event.truth.transitionAt.getTime(); atMs < untilMs; atMs += SAMPLE_EVERY_MS) {
      drawnW.push((household.powerAt(new Date(atMs)).circuits.get(circuitId) ?? 0) - idleW);
    }
  });
  const mostW = drawnW.reduce((most, powerW) => Math.max(most, powerW), 0);
  const drawing = drawnW.filter((powerW) => powerW > mostW / 2);
  return drawing.length === 0 ? null : median(drawing);
}

function hides(other: HomeEvent, event: HomeEvent, powerW: number): boolean {
  if (other.truth.circuitId === event.truth.circuitId) return false;
  const apartMs = Math.abs(other.truth.transitionAt.getTime() - event.truth.transitionAt.getTime());
  return apartMs <= ALONE_WITHIN_MS && Math.abs(other.truth.powerDeltaW) >= NOTICEABLE_SHARE * powerW;
}

function idleBefore(household: Household, circuitId: string, at: Date): number {
  return household.powerAt(new Date(at.getTime() - 5_000)).circuits.get(circuitId) ?? 0;
}

/** As a user reads it: to the next 10 %. */
function levelOf({ brightness, percentage }: EntityAttributes): number | null {
  if (typeof brightness === 'number') return Math.round((brightness / 255) * 10) * 10;
  return typeof percentage === 'number' ? Math.round(percentage / 10) * 10 : null;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
