import { Household } from '@smart-meter/household';

/** A load that events switch, at the level at which it is switched on most often. */
export interface Load {
  entityId: string;
  circuitId: string;
  state: string;
  levelPercent: number | null;
  /** Median of what switching it on really changed, W. */
  truthW: number;
}

/** A load that draws far more on average than when it is switched on runs a programme: no one power is its own. */
const PROGRAMME_FACTOR = 1.5;

const INACTIVE = new Set(['off', 'closed', 'docked', 'idle', 'standby', 'paused']);

/** What entities draw in the state and at the level that they are switched on to most often. */
export function loadsOf(household: Household, from: Date, to: Date): Load[] {
  const events = household.eventsBetween(from, to);
  return household.entities.flatMap(({ entityId, circuitId }): Load[] => {
    const byLevel = new Map<string, Load & { deltasW: number[] }>();
    for (const { entityId: of, state, previousState, attributes, truth } of events) {
      if (of !== entityId || circuitId === null || INACTIVE.has(state) || !INACTIVE.has(previousState))
        continue;
      const share =
        typeof attributes['brightness'] === 'number'
          ? attributes['brightness'] / 255
          : percentageOf(attributes);
      const levelPercent = share === null ? null : Math.round(share * 10) * 10;
      const key = `${state} ${levelPercent}`;
      const load = byLevel.get(key) ?? { entityId, circuitId, state, levelPercent, truthW: 0, deltasW: [] };
      load.deltasW.push(truth.powerDeltaW);
      byLevel.set(key, load);
    }
    const [most] = [...byLevel.values()].sort((a, b) => b.deltasW.length - a.deltasW.length);
    if (!most) return [];
    const { deltasW, ...load } = most;
    const truthW = median(deltasW);
    const { kwh, hours } = switched(household, entityId, load.circuitId, from, to);
    return truthW > 20 && (kwh * 1000) / hours <= PROGRAMME_FACTOR * truthW ? [{ ...load, truthW }] : [];
  });
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

function percentageOf(attributes: Readonly<Record<string, unknown>>): number | null {
  return typeof attributes['percentage'] === 'number' ? attributes['percentage'] / 100 : null;
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
      idleW = household.powerAt(new Date(at.getTime() - 5_000)).circuits.get(circuitId) ?? 0;
    } else {
      const hours = (at.getTime() - onSince.getTime()) / 3.6e6;
      const kwh = household.energyKwhBetween(onSince, at).circuits.get(circuitId) ?? 0;
      used.kwh += kwh - (idleW * hours) / 1000;
      used.hours += hours;
    }
    onSince = INACTIVE.has(state) ? null : at;
  }
  return used;
}
