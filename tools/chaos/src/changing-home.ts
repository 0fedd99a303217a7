import { setTimeout } from 'node:timers/promises';
import { HomeAssistantSimulator } from '@smart-meter/simulators';

/** One change that the source told of. Every value occurs once, so that a value names its change. */
export interface Change {
  entityId: string;
  powerW: number;
  atMs: number;
}

const CIRCUITS = 20;
const TICK_MS = 50;

/** A Home Assistant whose power sensors never rest, and that remembers what it said. */
export class ChangingHome {
  readonly changes: Change[] = [];
  private running: Promise<void> = Promise.resolve();
  private stopping = new AbortController();
  private count = 0;

  private constructor(readonly homeAssistant: HomeAssistantSimulator) {}

  static async start(): Promise<ChangingHome> {
    const homeAssistant = await HomeAssistantSimulator.start({});
    const home = new ChangingHome(homeAssistant);
    const attributes = { unit_of_measurement: 'W', device_class: 'power', state_class: 'measurement' };
    homeAssistant.setEntities([
      { entityId: 'sensor.total_power', state: '1000', attributes },
      ...entityIds().map((entityId) => ({ entityId, state: '0', attributes })),
    ]);
    return home;
  }

  /** Changes so many sensors per second until it is told to rest. */
  begin(changesPerS: number): void {
    this.stopping = new AbortController();
    this.running = this.keepChanging(changesPerS);
  }

  /** Nothing changes any more; the server goes on answering. */
  async rest(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  async close(): Promise<void> {
    await this.rest();
    await this.homeAssistant.close();
  }

  private async keepChanging(changesPerS: number): Promise<void> {
    const startedMs = performance.now();
    const before = this.count;
    while (!this.stopping.signal.aborted) {
      const due = before + ((performance.now() - startedMs) / 1000) * changesPerS;
      // Each sensor once per tick at most: instants are kept to the millisecond, and two changes in one are one.
      const until = Math.min(due, this.count + CIRCUITS);
      while (this.count < until) this.change();
      await setTimeout(TICK_MS);
    }
  }

  private change(): void {
    this.count += 1;
    const entityId = entityIds()[this.count % CIRCUITS] ?? '';
    const powerW = this.count / 8;
    const { lastUpdatedMs } = this.homeAssistant.setState(entityId, String(powerW));
    this.changes.push({ entityId, powerW, atMs: Math.floor(lastUpdatedMs) });
  }
}

function entityIds(): string[] {
  return Array.from({ length: CIRCUITS }, (_, i) => `sensor.power_circuit_${String(i + 1).padStart(2, '0')}`);
}
