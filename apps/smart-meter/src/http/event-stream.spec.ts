import { createServer, get, IncomingMessage, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Period } from '@smart-meter/journal';
import type { MeterReading } from '@smart-meter/meter-adapter';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { createLogger } from '@smart-meter/service';
import { ReadingHub } from '../collection/reading-hub';
import { EventStream } from './event-stream';

const START = new Date('2026-03-01T12:00:00Z');
const MINUTE_MS = 60_000;

function reading(atMs: number, name = 'x'): MeterReading {
  return {
    meterId: 'meter',
    observedAt: new Date(atMs),
    averagedOverS: 0,
    circuits: [{ id: 'c', name, powerW: 1 }],
    provenance: 'live',
  };
}

/** A journal in memory, and the stream of it behind a real server. */
class Scene {
  readonly clock = new FakeClock(START);
  readonly log: string[] = [];
  readonly stored: MeterReading[] = [];
  readonly stream: EventStream;
  /** Runs once a stretch of the journal has been read and told. */
  onTold: (period: Period) => void = () => undefined;
  private readonly hub = new ReadingHub();
  private readonly open: IncomingMessage[] = [];
  private readonly server: Server;

  constructor() {
    this.stream = new EventStream({
      hub: this.hub,
      journal: { readings: (period) => this.read(period) },
      meterId: 'meter',
      clock: this.clock,
      logger: createLogger({
        service: 'test',
        level: 'info',
        secrets: [],
        destination: { write: (line) => void this.log.push(line) },
      }),
    });
    this.stream.start();
    this.server = createServer((request, response) =>
      this.stream.add(response, request.headers['last-event-id'] as string | undefined),
    );
  }

  static async start(): Promise<Scene> {
    const scene = new Scene();
    await new Promise<void>((resolve) => scene.server.listen(0, '127.0.0.1', resolve));
    return scene;
  }

  store(...readings: MeterReading[]): void {
    this.stored.push(...readings);
    this.hub.publish(readings);
  }

  client(lastEventId?: number): Promise<IncomingMessage> {
    const { port } = this.server.address() as AddressInfo;
    const headers = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
    return new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, agent: false, headers }, (response) => {
        this.open.push(response);
        response.on('error', () => undefined);
        resolve(response);
      }).on('error', reject);
    });
  }

  async close(): Promise<void> {
    this.stream.stop();
    for (const response of this.open) response.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private *read(period: Period): Generator<MeterReading, void, undefined> {
    const found = this.stored.filter(({ observedAt }) => observedAt >= period.from && observedAt < period.to);
    yield* found.sort((a, b) => a.observedAt.getTime() - b.observedAt.getTime());
    queueMicrotask(() => this.onTold(period));
  }
}

/** Ids of the events that a client reads, until the last that it waits for or the end of its stream. */
async function idsOf(response: IncomingMessage, lastId?: number): Promise<number[]> {
  const ids: number[] = [];
  let rest = '';
  response.setEncoding('utf8');
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const id = /^id: (\d+)$/m.exec(block)?.[1];
        if (id !== undefined) ids.push(Number(id));
      }
      if (lastId !== undefined && ids.includes(lastId)) break;
    }
  } catch {
    // Cut off: what came until then is what there is.
  }
  return ids;
}

let scene: Scene;

beforeEach(async () => {
  scene = await Scene.start();
});

afterEach(() => scene.close());

it('turns away who comes while the service stops, so that its server can close', async () => {
  const early = await scene.client();
  expect(early.statusCode).toBe(200);
  scene.stream.stop();
  await new Promise((resolve) => early.resume().on('end', resolve));
  const late = await scene.client();
  expect(late.statusCode).toBe(503);
  await new Promise((resolve) => late.resume().on('end', resolve));
  expect(scene.stream.clientCount).toBe(0);
});

it('tells a returning client everything once, also what becomes durable while it is told', async () => {
  const startMs = START.getTime();
  const missed = Array.from({ length: 2_000 }, (_, i) => startMs - 30 * MINUTE_MS + i * 800);
  scene.store(...missed.map((atMs) => reading(atMs)));
  const lastMs = startMs + 1;
  const meanwhile: number[] = [];
  scene.onTold = ({ to }) => {
    // Of a time that was told already, of one that mostly is not, and of now.
    const more = [startMs - 30 * MINUTE_MS + 1, startMs - 15 * MINUTE_MS + 1, startMs];
    if (to.getTime() > lastMs) more.push(lastMs);
    meanwhile.push(...more);
    scene.store(...more.map((atMs) => reading(atMs)));
  };
  const told = await idsOf(await scene.client(startMs - 30 * MINUTE_MS - 1), lastMs);
  expect(meanwhile.length).toBeGreaterThan(500);
  expect(told.toSorted()).toEqual([...missed, ...meanwhile].toSorted());
});

it('cuts off a client that does not read, says so, and tells it the rest when it comes back', async () => {
  const quick = await scene.client();
  const slow = await scene.client();
  const quickIds = idsOf(quick);
  const name = 'n'.repeat(2_000);
  const startMs = START.getTime();
  let count = 0;
  while (scene.stream.cutOffCount === 0) {
    count += 1;
    scene.clock.jumpTo(new Date(startMs + count));
    scene.store(reading(startMs + count, name));
    if (count % 50 === 0) await setTimeout(1);
    if (count > 40_000) throw new Error('never cut off');
  }
  expect(scene.log.join()).toContain('reads too slowly');
  expect([scene.stream.clientCount, scene.stream.cutOffCount]).toEqual([1, 1]);
  const all = Array.from({ length: count }, (_, i) => startMs + i + 1);
  const before = await idsOf(slow);
  expect(before.length).toBeLessThan(count);
  const after = await idsOf(await scene.client(before.at(-1) ?? startMs), all.at(-1));
  expect([...before, ...after]).toEqual(all);
  scene.stream.stop();
  expect(await quickIds).toEqual(all);
});
