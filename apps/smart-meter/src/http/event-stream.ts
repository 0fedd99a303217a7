import { ServerResponse } from 'node:http';
import { Journal } from '@smart-meter/journal';
import { Clock, MeterReading } from '@smart-meter/meter-adapter';
import { Logger } from 'pino';
import { ReadingHub } from '../collection/reading-hub';
import { readingAnswer } from './answers/reading-answer';
import { PastPortion, StreamClient, StreamEvent } from './stream-client';

export interface EventStreamOptions {
  hub: ReadingHub;
  journal: Pick<Journal, 'readings'>;
  meterId: string;
  clock: Clock;
  logger: Logger;
}

const HEARTBEAT_MS = 15_000;
/** What a client missed is told again for this long. */
const RESUME_WITHIN_MS = 60 * 60_000;
/** It is read in stretches of this length, between which others are served. */
const PORTION_MS = 10_000;
const END_OF_TIME_MS = 8.64e15;

/** Every reading as a server-sent event, written once for all clients. */
export class EventStream {
  private readonly clients = new Set<StreamClient>();
  private unsubscribe: () => void = () => undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private isStopped = false;
  private cutOff = 0;

  constructor(private readonly options: EventStreamOptions) {}

  get clientCount(): number {
    return this.clients.size;
  }

  /** Clients that were cut off since the start because they read too slowly. */
  get cutOffCount(): number {
    return this.cutOff;
  }

  start(): void {
    this.unsubscribe = this.options.hub.subscribe((readings) => this.tell(readings.map(eventOf)));
    this.heartbeat = setInterval(() => this.tell([], ': still here\n\n'), HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  /** Ends every stream; clients come back by themselves when the service does. */
  stop(): void {
    this.isStopped = true;
    this.unsubscribe();
    clearInterval(this.heartbeat);
    for (const client of this.clients) client.end();
    this.clients.clear();
  }

  /** @param lastEventId the id of the last event that the client has, if it was here before */
  add(response: ServerResponse, lastEventId: string | undefined): void {
    if (this.isStopped) {
      // Whoever comes back while the service stops would keep its server from closing.
      response.writeHead(503, { 'Retry-After': '2', Connection: 'close' }).end();
      return;
    }
    const { logger } = this.options;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // Proxies such as nginx would hold events back.
      'X-Accel-Buffering': 'no',
    });
    response.write('retry: 2000\n\n');
    const client = new StreamClient(response, () => {
      this.clients.delete(client);
      this.cutOff += 1;
      logger.warn(
        'a client of /stream reads too slowly and was cut off; Last-Event-ID brings what it missed',
      );
    });
    this.clients.add(client);
    response.on('close', () => this.clients.delete(client));
    const sinceMs = this.resumesAfter(lastEventId);
    if (sinceMs === undefined) return;
    client
      .tellPast(sinceMs, (fromMs) => this.portion(fromMs))
      .catch((error: unknown) => {
        logger.error({ err: error }, 'what a client of /stream missed cannot be told');
        response.destroy();
      });
  }

  /** The first instant that a client has not been told of, ms; undefined for one that was not here before. */
  private resumesAfter(lastEventId: string | undefined): number | undefined {
    const sinceMs = Number(lastEventId);
    const nowMs = this.options.clock.now().getTime();
    if (lastEventId === undefined || !Number.isSafeInteger(sinceMs) || sinceMs > nowMs) return undefined;
    return Math.max(sinceMs + 1, nowMs - RESUME_WITHIN_MS);
  }

  private portion(fromMs: number): PastPortion {
    const { journal, meterId, clock } = this.options;
    const isLast = fromMs + PORTION_MS > clock.now().getTime();
    const untilMs = isLast ? END_OF_TIME_MS : fromMs + PORTION_MS;
    let text = '';
    for (const reading of journal.readings({ from: new Date(fromMs), to: new Date(untilMs), meterId })) {
      text += eventOf(reading).text;
    }
    return { text, untilMs: isLast ? null : untilMs };
  }

  private tell(events: readonly StreamEvent[], text = events.map((event) => event.text).join('')): void {
    for (const client of this.clients) client.tell(events, text);
  }
}

function eventOf(reading: MeterReading): StreamEvent {
  const atMs = reading.observedAt.getTime();
  const data = JSON.stringify(readingAnswer(reading));
  return { atMs, text: `id: ${atMs}\nevent: reading\ndata: ${data}\n\n` };
}
