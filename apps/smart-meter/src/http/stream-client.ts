import { once } from 'node:events';
import { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';

export interface StreamEvent {
  /** Of the reading, ms. */
  atMs: number;
  text: string;
}

/** What a client missed in a stretch of time. */
export interface PastPortion {
  text: string;
  /** Where the next portion begins, ms; null where everything on disk has been told. */
  untilMs: number | null;
}

/** What may wait for a client that reads slower than it is told; past it, it is cut off. */
export const MOST_WAITING_CHARACTERS = 256 * 1024;

/** One client of the event stream: told everything once, and never ahead of what it reads by more than a bound. */
export class StreamClient {
  /** How far the past has been told, ms; null once all of it has been. */
  private toldUntilMs: number | null = null;
  /** Readings of the time that has been told, which came since. */
  private late: string[] = [];
  private lateCharacters = 0;

  /** @param onCutOff told when the client is too slow; it goes on with `Last-Event-ID` when it comes back */
  constructor(
    private readonly response: ServerResponse,
    private readonly onCutOff: () => void,
  ) {}

  /**
   * Tells what is on disk, as fast as the client reads it, and goes over to what becomes durable: the last portion is
   * read and told at once, so that nothing comes between. Throws what `portion` throws.
   */
  async tellPast(fromMs: number, portion: (fromMs: number) => PastPortion): Promise<void> {
    for (let nextMs: number | null = fromMs; nextMs !== null;) {
      this.toldUntilMs = nextMs;
      const { text, untilMs }: PastPortion = portion(nextMs);
      const isTaken = text === '' || this.response.write(text);
      this.toldUntilMs = nextMs = untilMs;
      if (nextMs === null) break;
      if (!isTaken) await this.drained();
      await setImmediate();
      if (this.response.destroyed || this.response.writableEnded) return;
    }
    if (this.late.length > 0) this.response.write(this.late.join(''));
    this.late = [];
    this.lateCharacters = 0;
  }

  /** @param text that of all the events, made once for every client */
  tell(events: readonly StreamEvent[], text: string): void {
    if (this.response.writableLength + this.lateCharacters > MOST_WAITING_CHARACTERS) {
      this.response.destroy();
      this.onCutOff();
      return;
    }
    if (this.toldUntilMs === null) {
      this.response.write(text);
      return;
    }
    // What belongs to the time that is still to be told is on disk by now and told with it.
    for (const event of events) {
      if (event.atMs >= this.toldUntilMs) continue;
      this.late.push(event.text);
      this.lateCharacters += event.text.length;
    }
  }

  end(): void {
    this.response.end();
  }

  private async drained(): Promise<void> {
    const either = new AbortController();
    const { signal } = either;
    await Promise.race([once(this.response, 'drain', { signal }), once(this.response, 'close', { signal })]);
    either.abort();
  }
}
