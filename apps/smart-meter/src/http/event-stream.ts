import { ServerResponse } from 'node:http';
import { Journal } from '@smart-meter/journal';
import { Clock, MeterReading } from '@smart-meter/meter-adapter';
import { ReadingHub } from '../collection/reading-hub';
import { readingAnswer } from './answers/reading-answer';

export interface EventStreamOptions {
  hub: ReadingHub;
  journal: Journal;
  meterId: string;
  clock: Clock;
}

const HEARTBEAT_MS = 15_000;
/** A client that takes this little is gone, or comes back with Last-Event-ID. */
const MOST_BUFFERED_BYTES = 1024 * 1024;
/** What a client missed is told again for this long. */
const RESUME_WITHIN_MS = 60 * 60_000;
const MOST_RESUMED = 5_000;

/** Every reading as a server-sent event, written once for all clients. */
export class EventStream {
  private readonly clients = new Set<ServerResponse>();
  private unsubscribe: () => void = () => undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(private readonly options: EventStreamOptions) {}

  get clientCount(): number {
    return this.clients.size;
  }

  start(): void {
    this.unsubscribe = this.options.hub.subscribe((readings) => this.send(readings.map(eventText).join('')));
    this.heartbeat = setInterval(() => this.send(': still here\n\n'), HEARTBEAT_MS);
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
  add(client: ServerResponse, lastEventId: string | undefined): void {
    if (this.isStopped) {
      // Whoever comes back while the service stops would keep its server from closing.
      client.writeHead(503, { 'Retry-After': '2', Connection: 'close' }).end();
      return;
    }
    client.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // Proxies such as nginx would hold events back.
      'X-Accel-Buffering': 'no',
    });
    client.write('retry: 2000\n\n');
    for (const reading of this.missedSince(lastEventId)) client.write(eventText(reading));
    this.clients.add(client);
    client.on('close', () => this.clients.delete(client));
  }

  private *missedSince(lastEventId: string | undefined): Generator<MeterReading, void, undefined> {
    const sinceMs = Number(lastEventId);
    if (lastEventId === undefined || !Number.isSafeInteger(sinceMs)) return;
    const { journal, meterId, clock } = this.options;
    const nowMs = clock.now().getTime();
    if (sinceMs > nowMs) return;
    const from = new Date(Math.max(sinceMs + 1, nowMs - RESUME_WITHIN_MS));
    let count = 0;
    for (const reading of journal.readings({ from, to: new Date(nowMs + 1), meterId })) {
      yield reading;
      count += 1;
      if (count === MOST_RESUMED) return;
    }
  }

  private send(text: string): void {
    for (const client of this.clients) {
      if (client.writableLength > MOST_BUFFERED_BYTES) client.destroy();
      else client.write(text);
    }
  }
}

function eventText(reading: MeterReading): string {
  return `id: ${reading.observedAt.getTime()}\nevent: reading\ndata: ${JSON.stringify(readingAnswer(reading))}\n\n`;
}
