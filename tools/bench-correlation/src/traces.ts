import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { hashText } from './random';

/** One use of an appliance: power in W at 1 Hz. Second 5 is the first on-sample. */
export interface Activation {
  id: number;
  applianceClass: string;
  device: string;
  domain: string;
  durationS: number;
  standbyW: number;
  powerW: Float32Array;
}

/** One whole day of a load that nobody switches, W at 1 Hz. */
export interface BackgroundDay {
  applianceClass: string;
  device: string;
  powerW: Float32Array;
}

export interface TraceLibrary {
  activations: Activation[];
  background: BackgroundDay[];
}

export type Split = 'tuning' | 'held-out';

const CLASSES_SHARED_BY_BOTH_SPLITS = new Set(['Lamp', 'XmasLights']);
const ON_SECOND = 5;

/** Reads the tracebase files under `tracesDir`; null when they are not there. */
export function loadTraces(tracesDir: string): TraceLibrary | null {
  const folder = join(tracesDir, 'tracebase');
  const index = join(folder, 'tracebase_activations_index.csv');
  if (!existsSync(index)) return null;
  const activations: Activation[] = [];
  for (const line of rows(readFileSync(index, 'utf8'))) {
    const [id, applianceClass, device, domain, , , durationS, standbyW] = line.split(',');
    activations.push({
      id: Number(id),
      applianceClass: text(applianceClass),
      device: text(device),
      domain: text(domain),
      durationS: Number(durationS),
      standbyW: Number(standbyW),
      powerW: new Float32Array(Number(durationS) + 35),
    });
  }
  const byId = new Map(activations.map((activation) => [activation.id, activation]));
  for (const [id, points] of changePoints(join(folder, 'tracebase_activations.csv.gz'), 0, 1, 2)) {
    const activation = byId.get(Number(id));
    if (activation) hold(points, activation.powerW);
  }
  const backgroundFile = join(folder, 'tracebase_background.csv.gz');
  const background: BackgroundDay[] = [];
  for (const [key, points] of changePoints(backgroundFile, 0, 4, 5, [1, 2])) {
    const [, applianceClass, device] = key.split('|');
    const powerW = new Float32Array(86_400);
    hold(points, powerW);
    background.push({ applianceClass: text(applianceClass), device: text(device), powerW });
  }
  return { activations, background };
}

/**
 * The devices of one side. Within each class the devices are ordered by the hash of their name and dealt to
 * the two sides in turn, so that both sides know every class that has more than one device.
 */
export function splitTraces(library: TraceLibrary, split: Split): TraceLibrary {
  const side = splitOfDevices([...library.activations, ...library.background]);
  const belongs = (item: { applianceClass: string; device: string }): boolean =>
    CLASSES_SHARED_BY_BOTH_SPLITS.has(item.applianceClass) ||
    side.get(`${item.applianceClass}|${item.device}`) === split;
  return {
    activations: library.activations.filter(belongs),
    background: library.background.filter(belongs),
  };
}

function splitOfDevices(items: { applianceClass: string; device: string }[]): Map<string, Split> {
  const keysByClass = new Map<string, Set<string>>();
  for (const { applianceClass, device } of items) {
    const keys = keysByClass.get(applianceClass) ?? new Set();
    keys.add(`${applianceClass}|${device}`);
    keysByClass.set(applianceClass, keys);
  }
  const side = new Map<string, Split>();
  for (const [applianceClass, keys] of keysByClass) {
    const offset = hashText(applianceClass) & 1;
    const ordered = [...keys].sort((a, b) => hashText(a) - hashText(b));
    ordered.forEach((key, i) => side.set(key, ((i + offset) & 1) === 0 ? 'tuning' : 'held-out'));
  }
  return side;
}

/** Power of the device `second` seconds after it was switched on (negative: before). */
export function activationPowerW(activation: Activation, second: number): number {
  return activation.powerW[second + ON_SECOND] ?? activation.standbyW;
}

function rows(csv: string): string[] {
  return csv
    .split('\n')
    .slice(1)
    .filter((line) => line !== '');
}

function text(field: string | undefined): string {
  if (field === undefined) throw new Error('traces: a row has too few columns');
  return field;
}

type Points = { second: number; powerW: number }[];

function changePoints(
  file: string,
  idColumn: number,
  timeColumn: number,
  powerColumn: number,
  keyColumns: number[] = [],
): Map<string, Points> {
  const groups = new Map<string, Points>();
  for (const line of rows(gunzipSync(readFileSync(file)).toString('utf8'))) {
    const fields = line.split(',');
    const key = [idColumn, ...keyColumns].map((column) => text(fields[column])).join('|');
    let points = groups.get(key);
    if (!points) groups.set(key, (points = []));
    points.push({ second: Number(fields[timeColumn]), powerW: Number(fields[powerColumn]) });
  }
  return groups;
}

function hold(points: Points, into: Float32Array): void {
  points.forEach((point, i) => {
    into.fill(point.powerW, point.second, points[i + 1]?.second ?? into.length);
  });
}
