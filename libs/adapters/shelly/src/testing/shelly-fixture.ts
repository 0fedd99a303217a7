import { DocumentStore, MeterReading, StreamListener } from '@smart-meter/meter-adapter';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { createHousehold } from '@smart-meter/household';
import { circuitSource, phaseSources, ShellyChannel, solarSource } from '@smart-meter/simulators';
import { ShellyMeter, ShellyMeterOptions } from '../shelly-meter';

export const household = createHousehold({ seed: 7, solar: true, timeZone: 'Europe/Berlin' });
export const START = '2026-06-20T10:00:00Z';
export const never: AbortSignal = new AbortController().signal;

export const THREE_PHASES: readonly ShellyChannel[] = [{ component: 'em', phases: phaseSources(household) }];
export const THREE_CLAMPS: readonly ShellyChannel[] = phaseSources(household).map((source) => ({
  component: 'em1',
  source,
}));
export const SOLAR_CLAMP: readonly ShellyChannel[] = [{ component: 'em1', source: solarSource(household) }];

export function plug(circuitId: string, name?: string): readonly ShellyChannel[] {
  const source = circuitSource(household, circuitId);
  return [{ component: 'switch', source, ...(name === undefined ? {} : { name }) }];
}

export function makeMeter(
  clock: FakeClock,
  hosts: readonly string[],
  options: Partial<ShellyMeterOptions> = {},
): ShellyMeter {
  return new ShellyMeter({ meterId: 'home', clock, timeZone: 'Europe/Berlin', hosts, ...options });
}

export class MemoryStore implements DocumentStore {
  document: unknown;

  async load(): Promise<unknown> {
    return this.document;
  }

  async save(document: unknown): Promise<void> {
    this.document = JSON.parse(JSON.stringify(document));
  }
}

export interface Recorder extends StreamListener {
  connected: number;
  readings: MeterReading[];
}

export function recorder(): Recorder {
  const recorded: Recorder = {
    connected: 0,
    readings: [],
    onConnected: () => (recorded.connected += 1),
    onReading: (reading) => recorded.readings.push(reading),
  };
  return recorded;
}
