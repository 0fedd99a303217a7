import { setTimeout as sleep } from 'node:timers/promises';
import {
  keepStreaming,
  MeterReading,
  StreamingMeter,
  systemClock,
  TimeRange,
} from '@smart-meter/meter-adapter';
import { FollowedSources, streamChanges, StreamChangesOptions } from '../changes/stream-changes';
import { HomeAssistantConnector } from '../websocket/connector';

type PlanSources = StreamChangesOptions['planSources'];

/** Follows until it is stopped, reconnects, and keeps all readings and what lay between connections. */
export class Follower {
  readonly readings: MeterReading[] = [];
  readonly delaysMs: number[] = [];
  readonly gaps: TimeRange[] = [];
  private connections = 0;
  private readonly stopped = new AbortController();
  private readonly done: Promise<void>;

  constructor(connector: HomeAssistantConnector, sources: FollowedSources | PlanSources) {
    const planSources: PlanSources = typeof sources === 'function' ? sources : async () => sources;
    const meter: StreamingMeter = {
      stream: (listener, signal) =>
        streamChanges({ connector, clock: systemClock, planSources }, listener, signal),
    };
    this.done = keepStreaming(
      meter,
      {
        onConnected: () => {
          this.connections += 1;
          const last = this.readings.at(-1);
          if (last) this.gaps.push({ from: last.observedAt, to: new Date() });
        },
        onReading: (reading) => {
          this.readings.push(reading);
          this.delaysMs.push(Date.now() - reading.observedAt.getTime());
        },
      },
      {
        clock: systemClock,
        signal: this.stopped.signal,
        policy: { firstDelayMs: 50, longestDelayMs: 100, longestRetryAfterMs: 0 },
      },
    );
  }

  async hasConnected(times: number): Promise<void> {
    while (this.connections < times) await sleep(5);
  }

  async hasReadings(count: number): Promise<void> {
    while (this.readings.length < count) await sleep(5);
  }

  async hasReading(id: string, powerW: number): Promise<void> {
    while (!this.readings.some(({ circuits: [c] }) => c?.id === id && c.powerW === powerW)) await sleep(5);
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.done;
  }
}
