import { ReadingAnswer } from './answers';
import { ApiError, toApiError } from './api-error';
import { EventParser } from './event-parser';

export interface LiveEventsOptions {
  /** Opens the stream; what came after the event of this id is told again. */
  open(lastEventId: string | null, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  onConnected(): void;
  onReading(reading: ReadingAnswer): void;
  /** The connection ended; the next attempt is made after the delay. */
  onLost(error: ApiError, delayMs: number): void;
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
  random(): number;
}

/** The service sends a sign of life every 15 s. */
const LONGEST_SILENCE_MS = 40_000;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/** The service's readings as they become durable, through any number of lost connections. */
export class LiveEvents {
  private lastEventId: string | null = null;
  private failures = 0;

  constructor(private readonly options: LiveEventsOptions) {}

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const error = await this.follow(signal);
      if (signal.aborted) return;
      this.failures += 1;
      const delayMs = reconnectDelayMs(this.failures, this.options.random);
      this.options.onLost(error, delayMs);
      await this.options.sleep(delayMs, signal);
    }
  }

  /** One connection, from its opening to the error that ended it. */
  private async follow(signal: AbortSignal): Promise<ApiError> {
    const attempt = new AbortController();
    let silence: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => attempt.abort(), LONGEST_SILENCE_MS);
    };
    try {
      heard();
      const stream = await this.options.open(this.lastEventId, AbortSignal.any([signal, attempt.signal]));
      this.options.onConnected();
      await this.read(stream, heard);
      return new ApiError('unreachable', 'smart-meter ended the live stream.');
    } catch (error) {
      return toApiError(error);
    } finally {
      clearTimeout(silence);
      attempt.abort();
    }
  }

  private async read(stream: ReadableStream<Uint8Array>, heard: () => void): Promise<void> {
    const reader = stream.getReader();
    const decoder = new TextDecoder();
    const parser = new EventParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      for (const { id, type, data } of parser.take(decoder.decode(value, { stream: true }))) {
        if (type !== 'reading') continue;
        this.failures = 0;
        this.options.onReading(JSON.parse(data) as ReadingAnswer);
        this.lastEventId = id ?? this.lastEventId;
      }
    }
  }
}

/** Doubles up to half a minute; spread, so that pages do not come back all at once. */
export function reconnectDelayMs(failures: number, random: () => number): number {
  const ceilingMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1));
  return ceilingMs * (0.5 + random() / 2);
}
