import { Random } from '@smart-meter/household';
import { ServiceName } from './service-process';

export interface Kill {
  service: ServiceName;
  /** Of the hour. */
  minute: number;
  /** How far into that minute, in real ms: while readings and events of it arrive. */
  afterMs: number;
  /** For how many minutes the home goes on without the service. */
  awayMinutes: number;
}

const LONGEST_AFTER_MS = 40;
const LONGEST_AWAY_MINUTES = 5;

/** When in an hour each process is killed. */
export function killsOf(seed: string, hour: Date): Kill[] {
  const random = Random.from(seed, 'kills', hour.getTime());
  return (['smart-meter', 'energy-correlator'] as const).map((service) => ({
    service,
    minute: random.integer(0, 59),
    afterMs: random.uniform(0, LONGEST_AFTER_MS),
    awayMinutes: random.integer(1, LONGEST_AWAY_MINUTES),
  }));
}
