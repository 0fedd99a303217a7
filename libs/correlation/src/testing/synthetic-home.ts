import { HomeEvent } from '../home-event';
import { PowerSample } from '../engine';

/** A small home made of rectangles, with its truth: enough to see whether the engine works, not how well. */
export interface SyntheticHome {
  events: HomeEvent[];
  /** Change that each event caused, W, by event id. */
  truth: Map<string, number>;
  loadAtW: (second: number) => number;
  lengthS: number;
}

export interface SyntheticLoad {
  entityId: string;
  powerW: number;
  usesPerDay: number;
  minutes: number;
}

export const USUAL_LOADS: SyntheticLoad[] = [
  { entityId: 'light.kitchen', powerW: 48, usesPerDay: 6, minutes: 40 },
  { entityId: 'light.hall', powerW: 14, usesPerDay: 8, minutes: 10 },
  { entityId: 'media_player.tv', powerW: 110, usesPerDay: 3, minutes: 70 },
  { entityId: 'switch.kettle', powerW: 2000, usesPerDay: 6, minutes: 4 },
  { entityId: 'switch.heater', powerW: 900, usesPerDay: 4, minutes: 25 },
  { entityId: 'switch.virtual', powerW: 0, usesPerDay: 10, minutes: 15 },
  { entityId: 'cover.blind', powerW: 0, usesPerDay: 6, minutes: 60 },
];

/** Numbers in [0, 1) that depend on the seed alone. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

export function syntheticHome(
  seed: number,
  days: number,
  loads: SyntheticLoad[] = USUAL_LOADS,
): SyntheticHome {
  const random = seededRandom(seed * 7919 + 1);
  const lengthS = days * 86_400;
  const steps: { atS: number; deltaW: number }[] = [];
  const events: HomeEvent[] = [];
  const truth = new Map<string, number>();
  for (const { entityId, powerW, usesPerDay, minutes } of loads) {
    let freeFromS = 600;
    const starts = Array.from({ length: Math.round(usesPerDay * days) }, () =>
      Math.floor(random() * lengthS),
    );
    for (const onS of starts.sort((a, b) => a - b)) {
      const offS = onS + Math.round(minutes * 60 * (0.5 + random()));
      if (onS < freeFromS || offS > lengthS - 600) continue;
      freeFromS = offS + 120;
      for (const [state, atS, sign] of [
        ['on', onS, 1],
        ['off', offS, -1],
      ] as const) {
        const eventId = `${entityId} ${state} ${atS}`;
        events.push({ eventId, entityId, atMs: Math.round((atS + random()) * 1000), state });
        truth.set(eventId, sign * powerW);
        if (powerW > 0) steps.push({ atS, deltaW: sign * powerW });
      }
    }
  }
  steps.sort((a, b) => a.atS - b.atS);
  events.sort((a, b) => a.atMs - b.atMs);
  const load = new Float64Array(lengthS);
  let level = 120;
  let next = 0;
  for (let s = 0; s < lengthS; s++) {
    for (; next < steps.length && (steps[next]?.atS ?? Infinity) <= s; next++)
      level += steps[next]?.deltaW ?? 0;
    const fridgeW = s % 3600 < 1200 ? 85 : 0;
    load[s] = level + fridgeW;
  }
  return { events, truth, loadAtW: (second) => load[Math.floor(second)] ?? 0, lengthS };
}

/** Samples of the home: instantaneous up to 10 s, means stamped at their end above. */
export function samplesOf(home: SyntheticHome, intervalS: number, seed = 1): PowerSample[] {
  const random = seededRandom(seed);
  const samples: PowerSample[] = [];
  const averagedOverS = intervalS > 10 ? intervalS : 0;
  for (let t = intervalS; t < home.lengthS; t += intervalS) {
    const noiseW = 2 * (random() - 0.5);
    let powerW = home.loadAtW(t);
    if (averagedOverS > 0) {
      let sum = 0;
      for (let s = t - intervalS; s < t; s++) sum += home.loadAtW(s);
      powerW = sum / intervalS;
    }
    samples.push({ atMs: t * 1000, powerW: Math.round(powerW + noiseW), averagedOverS });
  }
  return samples;
}
