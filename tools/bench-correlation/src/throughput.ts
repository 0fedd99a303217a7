import { Case } from './evaluate';
import { runEngine } from './methods';

/** Events answered per second of processor time, every sample of the period included. */
export interface Throughput {
  /** The fastest pass: what the code can do where nobody else uses the processor. */
  bestPerS: number;
  medianPerS: number;
}

const WARM_UP_S = 3;
const PASSES = 9;

/** Passes over the cases, from cold each time, once the code has been compiled. */
export function measureThroughput(cases: readonly Case[]): Throughput {
  let events = 0;
  for (const one of cases) events += one.events.length;
  for (let warmedUpS = 0; warmedUpS < WARM_UP_S;) warmedUpS += passS(cases);
  const perS = Array.from({ length: PASSES }, () => events / passS(cases)).sort((a, b) => b - a);
  return { bestPerS: perS[0] ?? 0, medianPerS: perS[PASSES >> 1] ?? 0 };
}

/** Processor time of one pass, the collector's threads included, s. */
function passS(cases: readonly Case[]): number {
  const before = process.cpuUsage();
  for (const { events, channels, options } of cases) runEngine(events, channels, options);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
