import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { addDistractors, latencyS } from './compose';
import { BenchEvent, EventTruth, Samples } from './home';
import { createRandom } from './random';

/** A real home: its measured aggregate, and the switchings that its sub-meters show. */
export interface RealHome {
  name: string;
  events: BenchEvent[];
  truth: EventTruth[];
  samples: Samples;
}

const FILES: [name: string, file: string][] = [
  ['UK-DALE house 2', 'ukdale_house2_60s.csv.gz'],
  ['REFIT house 2', 'refit_house2_60s.csv.gz'],
];
const COLUMNS = ['kettle', 'microwave'];
const ON_W = 100;
const MINUTE_S = 60;

/**
 * The real homes under `tracesDir`/cc-by, as one-minute means; empty when the files are missing. Event times are
 * derived from partly filled minutes of the sub-meters; their latency and the innocent events are made up.
 */
export function loadRealHomes(tracesDir: string): RealHome[] {
  return FILES.filter(([, file]) => existsSync(join(tracesDir, 'cc-by', file))).map(([name, file]) =>
    readHome(name, join(tracesDir, 'cc-by', file)),
  );
}

function readHome(name: string, file: string): RealHome {
  const [header = '', ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  const names = header.split(',');
  const columns = COLUMNS.map((column) => names.indexOf(`${column}_w`));
  const rows = lines.map((line) => line.split(','));
  const startMs = Date.parse(`${rows[0]?.[0] ?? ''}Z`);
  const minuteS = rows.map((row) => (Date.parse(`${row[0] ?? ''}Z`) - startMs) / 1000);
  const atS: number[] = [];
  const powerW: number[] = [];
  rows.forEach((row, i) => {
    const aggregateW = row[1] === '' ? NaN : Number(row[1]);
    if (!Number.isFinite(aggregateW)) return;
    atS.push((minuteS[i] ?? 0) + MINUTE_S);
    powerW.push(aggregateW);
  });
  const random = createRandom(`real ${name}`);
  const pairs: { event: BenchEvent; truth: EventTruth }[] = [];
  COLUMNS.forEach((appliance, c) => {
    const meter = rows.map((row) => Number(row[columns[c] ?? -1] ?? 0) || 0);
    for (const { onS, offS, stepW } of usesOf(minuteS, meter)) {
      for (const [state, second] of [
        ['on', onS],
        ['off', offS],
      ] as const) {
        pairs.push({
          event: {
            atS: second + latencyS('switch', random),
            entityId: `switch.${appliance}`,
            domain: 'switch',
            state,
            previousState: state === 'on' ? 'off' : 'on',
          },
          truth: { deltaW: state === 'on' ? stepW : -stepW, stepAtS: second, applianceClass: appliance },
        });
      }
    }
  });
  const lengthS = (minuteS[minuteS.length - 1] ?? 0) + MINUTE_S;
  pairs.push(...addDistractors(pairs, [], lengthS, 1, 0, random));
  pairs.sort((a, b) => a.event.atS - b.event.atS);
  return {
    name,
    events: pairs.map(({ event }) => event),
    truth: pairs.map(({ truth }) => truth),
    samples: { atS: Float64Array.from(atS), powerW: Float64Array.from(powerW), averagedOverS: MINUTE_S },
  };
}

/** Runs of minutes above the threshold, with the instants at which the power must have stepped. */
function usesOf(minuteS: number[], meterW: number[]): { onS: number; offS: number; stepW: number }[] {
  const runs: [first: number, last: number][] = [];
  for (let i = 0; i < meterW.length; i++) {
    if ((meterW[i] ?? 0) < ON_W) continue;
    const run = runs[runs.length - 1];
    if (run && run[1] === i - 1 && (minuteS[i] ?? 0) - (minuteS[i - 1] ?? 0) === MINUTE_S) run[1] = i;
    else runs.push([i, i]);
  }
  const peaks = runs
    .filter(([first, last]) => last - first >= 2)
    .map(([first, last]) => Math.max(...meterW.slice(first, last + 1)))
    .sort((a, b) => a - b);
  const usualW = peaks[peaks.length >> 1] ?? Math.max(...meterW);
  return runs.map(([first, last]) => {
    const peakW = Math.max(...meterW.slice(first, last + 1));
    const stepW = last - first >= 2 ? peakW : Math.max(peakW, usualW);
    const firstShare = (meterW[first] ?? 0) / stepW;
    const lastShare = (meterW[last] ?? 0) / stepW;
    const start = minuteS[first] ?? 0;
    if (first === last) {
      const onS = start + ((1 - firstShare) * MINUTE_S) / 2;
      return { onS, offS: onS + firstShare * MINUTE_S, stepW };
    }
    return {
      onS: start + (1 - firstShare) * MINUTE_S,
      offS: (minuteS[last] ?? 0) + lastShare * MINUTE_S,
      stepW,
    };
  });
}
