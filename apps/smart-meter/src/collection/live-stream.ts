import {
  Clock,
  keepStreaming,
  MeterAdapter,
  MeterError,
  MeterReading,
  StreamingMeter,
  toMeterError,
} from '@smart-meter/meter-adapter';

export interface LiveStreamOptions {
  meter: MeterAdapter & StreamingMeter;
  clock: Clock;
  random(): number;
  onReading(reading: MeterReading): void;
  onConnected(): void;
  onDisconnected(error: MeterError, retryInMs: number): void;
  /** The stream is over for good: the source refuses it. Polling goes on. */
  onGivenUp(error: MeterError): void;
}

/** Follows a streaming meter for as long as the service runs. */
export class LiveStream {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private connected = false;

  constructor(private readonly options: LiveStreamOptions) {}

  get isConnected(): boolean {
    return this.connected;
  }

  start(): void {
    const { meter, clock, random, onReading, onConnected, onDisconnected, onGivenUp } = this.options;
    const listener = {
      onConnected: () => {
        this.connected = true;
        onConnected();
      },
      onReading,
    };
    this.running = keepStreaming(meter, listener, {
      clock,
      signal: this.stopping.signal,
      random,
      onDisconnected: (error, retryInMs) => {
        this.connected = false;
        onDisconnected(error, retryInMs);
      },
    }).catch((error: unknown) => {
      this.connected = false;
      onGivenUp(toMeterError(error, 'streaming'));
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.connected = false;
  }
}
