import { CircuitReading, MeterReading, StreamingMeter, StreamListener } from '@smart-meter/meter-adapter';
import { LiveUpdate } from './live/live-update';
import { SenseMonitor } from './monitor';
import { SenseAdapter, SenseAdapterOptions } from './sense-adapter';

/** The same meter with the live feed held open: every change, about one a second. */
export class StreamingSenseAdapter extends SenseAdapter implements StreamingMeter {
  private latest: { update: LiveUpdate; observedAt: Date } | null = null;

  /** A token that ends meanwhile is renewed before the next connection is made. */
  async stream(listener: StreamListener, signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.closing.signal]);
    try {
      const monitor = await this.profile.current(either);
      await this.profile.devices(monitor, [], either);
      await this.follow(monitor, listener, either);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.latest = null;
    }
  }

  /** A poll while the stream is open is answered from it: Sense bears few connections per account. */
  protected override readLive(
    monitor: SenseMonitor,
    signal: AbortSignal,
  ): Promise<{ update: LiveUpdate; receivedAt: Date }> {
    if (!this.latest) return super.readLive(monitor, signal);
    signal.throwIfAborted();
    return Promise.resolve({ update: this.latest.update, receivedAt: this.latest.observedAt });
  }

  private async follow(monitor: SenseMonitor, listener: StreamListener, signal: AbortSignal): Promise<void> {
    let last: MeterReading | null = null;
    const onUpdate = (update: LiveUpdate) => {
      const observedAt = update.measuredAt ?? this.account.clock.now();
      // Sense tells whole seconds: of the updates of one second the first stands for it, the next second's holds the rest.
      if (last && observedAt <= last.observedAt) return;
      const reading = this.toReading(monitor, update, observedAt);
      this.latest = { update, observedAt };
      if (last) listener.onReading({ ...reading, circuits: changedCircuits(reading, last) });
      else {
        listener.onConnected();
        listener.onReading(reading);
      }
      last = update.devices || !last ? reading : { ...reading, circuits: last.circuits };
    };
    await this.live.hold(monitor.id, onUpdate, () => this.profile.invalidateDevices(), signal);
  }
}

/** The meter for these settings: `stream` holds the live feed open, which is asked for by name since Sense bears few. */
export function createSenseAdapter(options: SenseAdapterOptions & { stream?: boolean }): SenseAdapter {
  return options.stream ? new StreamingSenseAdapter(options) : new SenseAdapter(options);
}

function changedCircuits(reading: MeterReading, last: MeterReading): CircuitReading[] {
  const before = new Map(last.circuits.map((circuit) => [circuit.id, circuit.powerW]));
  return reading.circuits.filter(({ id, powerW }) => before.get(id) !== powerW);
}
