import { createHousehold, Random } from '@smart-meter/household';
import { Beat, PowerRhythm, tellsChangesAlone } from './rhythm';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.parse('2026-01-12T23:00:00Z');

const beats = (instantsMs: readonly number[], averagedOverS = 0): Beat[] =>
  instantsMs.map((atMs) => ({ atMs, averagedOverS }));

/** When a sensor that is read every few seconds tells a new value. */
function changesOf(seed: string, everyS: number, fromMs: number, toMs: number): Beat[] {
  const home = createHousehold({ seed });
  const instants: number[] = [];
  let toldW: number | undefined;
  for (let atMs = fromMs; atMs < toMs; atMs += everyS * 1000) {
    const powerW = Math.round(home.powerAt(new Date(atMs)).totalPowerW * 10) / 10;
    if (powerW !== toldW) instants.push(atMs);
    toldW = powerW;
  }
  return beats(instants);
}

/** When a meter answers that is asked at an interval, now and then in vain or after a restart. */
function pollsOf(everyS: number): Beat[] {
  const random = Random.from('polls', everyS);
  const instants: number[] = [];
  for (let atMs = START_MS; atMs < START_MS + DAY_MS; atMs += everyS * 1000) {
    if (random.chance(0.03)) continue;
    instants.push(atMs + random.uniform(0, 80 * everyS));
    if (random.chance(0.01)) instants.push(atMs + random.uniform(200, 400) * everyS);
  }
  return beats(instants);
}

describe('tellsChangesAlone', () => {
  it.each(['a', 'b', 'c'])('knows the changes of home %s by a day of them', (seed) => {
    for (const everyS of [1, 5, 10]) {
      expect(tellsChangesAlone(changesOf(seed, everyS, START_MS, START_MS + DAY_MS))).toBe(true);
    }
  });

  it('takes answers at an interval, means, and what is too little to tell for what they are', () => {
    for (const everyS of [1, 10, 60, 300]) expect(tellsChangesAlone(pollsOf(everyS))).toBe(false);
    const changes = changesOf('a', 5, START_MS, START_MS + DAY_MS);
    expect(tellsChangesAlone(changes.map((beat) => ({ ...beat, averagedOverS: 60 })))).toBe(false);
    expect(tellsChangesAlone(changes.slice(0, 5))).toBe(false);
  });
});

describe('PowerRhythm', () => {
  const rhythmOf = (kept: readonly Beat[]) =>
    new PowerRhythm({
      findSeries: (key) => ({ ...key, id: 1, name: null, parentId: null }),
      samples: (_id, { from, to }) =>
        kept
          .filter(({ atMs }) => atMs >= from.getTime() && atMs < to.getTime())
          .map((beat) => ({ ...beat, value: 1, provenance: 'live' })),
    });

  it('stays with its word through a night in which the home changes at an interval', () => {
    const nightMs = START_MS + DAY_MS;
    const rhythm = rhythmOf(changesOf('a', 5, START_MS, nightMs + 6 * HOUR_MS));
    for (let atMs = nightMs; atMs < nightMs + 6 * HOUR_MS; atMs += 5 * 60_000) {
      expect(rhythm.tellsChangesAlone(atMs)).toBe(true);
    }
  });

  it('goes by what there is in the first hour', () => {
    const evening = changesOf('a', 5, START_MS + 18 * HOUR_MS, START_MS + 19 * HOUR_MS);
    const rhythm = rhythmOf(evening);
    const lastMs = evening.at(-1)?.atMs ?? 0;
    expect(rhythm.tellsChangesAlone(START_MS + 18 * HOUR_MS + 1_000)).toBe(false);
    expect(rhythm.tellsChangesAlone(lastMs)).toBe(true);
  });
});
