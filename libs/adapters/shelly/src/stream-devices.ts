import {
  CircuitReading,
  Clock,
  MeterError,
  MeterReading,
  StreamListener,
  toMeterError,
} from '@smart-meter/meter-adapter';
import { ShellyDevice } from './device';
import { ChannelBoard } from './home/channel-board';

export interface StreamDevicesOptions {
  devices: readonly ShellyDevice[];
  board: ChannelBoard;
  clock: Clock;
  listener: StreamListener;
  /** Whether the home cannot be known without a device. */
  isNeeded(device: ShellyDevice): boolean;
  onSaveDue(): void;
  onStarted(stream: DeviceStream): void;
  signal: AbortSignal;
}

/** What a poll should know of the stream that runs, and tell it. */
export interface DeviceStream {
  /** Whether the newest values of a device are on the board by itself. */
  isFollowing(host: string): boolean;
  /** A device answers again that the stream goes on without: the stream ends, so that the next one has it. */
  hasReturned(host: string): void;
}

/**
 * Follows all devices at once, as one connection: it begins when every device has told its values or failed, and ends
 * with the first device that the home cannot be known without. The circuits of another one that fails become unknown.
 * Rejects with the `MeterError` that ended it, or with the signal's reason.
 */
export async function streamDevices(options: StreamDevicesOptions): Promise<never> {
  const { devices, board, clock, listener, isNeeded, onSaveDue, onStarted, signal } = options;
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const waitingFor = new Set(devices.map(({ host }) => host));
  const lost = new Set<string>();
  const told = new Map<string, CircuitReading>();
  let isConnected = false;
  const tell = (reading: MeterReading | null) => {
    if (!reading) return;
    const circuits = reading.circuits.filter((circuit) => !isSame(circuit, told.get(circuit.id)));
    for (const circuit of circuits) told.set(circuit.id, circuit);
    if (reading.totalPowerW !== undefined || circuits.length > 0)
      listener.onReading({ ...reading, circuits });
  };
  /** @returns whether the stream runs already, so that a single device's news can be told */
  const heardOf = (host: string, at: Date): boolean => {
    waitingFor.delete(host);
    if (isConnected || waitingFor.size > 0) return isConnected;
    isConnected = true;
    listener.onConnected();
    tell(board.wholeReading(at));
    return false;
  };
  const following: Promise<unknown>[] = [];
  try {
    return await new Promise<never>((_, reject) => {
      const onEnded = (device: ShellyDevice, caught: unknown) => {
        if (either.aborted) {
          reject(either.reason);
          return;
        }
        const error = toMeterError(caught, `following the Shelly ${device.host}`);
        lost.add(device.host);
        board.lose(device.host);
        if (isNeeded(device) || lost.size === devices.length) reject(error);
        else if (heardOf(device.host, clock.now())) tell(board.readingOf(device.host, clock.now()));
      };
      onStarted({
        isFollowing: (host) => isConnected && !lost.has(host),
        hasReturned: (host) => {
          if (!isConnected || !lost.has(host)) return;
          reject(new MeterError('unavailable', `The Shelly ${host} answers again: connecting anew`));
        },
      });
      for (const device of devices) {
        const followed = device.follow((reading) => {
          board.take(device.host, reading);
          onSaveDue();
          if (heardOf(device.host, reading.at)) tell(board.readingOf(device.host, reading.at));
        }, either);
        following.push(followed.catch((error: unknown) => onEnded(device, error)));
      }
    });
  } finally {
    stop.abort(new MeterError('unavailable', 'the stream has ended'));
    await Promise.all(following);
  }
}

function isSame(a: CircuitReading, b: CircuitReading | undefined): boolean {
  return b !== undefined && a.powerW === b.powerW && a.dailyKwh === b.dailyKwh;
}
