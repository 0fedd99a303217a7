import * as fc from 'fast-check';
import { HistoryChunk, systemClock } from '@smart-meter/meter-adapter';
import { circuitsOfEntities } from '../testing/circuits-of-entities';
import { ScriptedRecorder } from '../testing/scripted-recorder';
import { ScriptedWebSocket } from '../testing/scripted-websocket';
import { HomeAssistantConnector } from '../websocket/connector';
import { HistoryReader } from './history-reader';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 10, 10);
const at = (ms: number) => new Date(START_MS + ms);

let recorder: ScriptedRecorder;
let server: ScriptedWebSocket;
const { signal } = new AbortController();

beforeEach(async () => {
  recorder = new ScriptedRecorder();
  server = await ScriptedWebSocket.start((message, peer) => recorder.script(message, peer));
});
afterEach(async () => {
  await server.stop();
});

function reader(entityIds: readonly string[]): HistoryReader {
  return new HistoryReader({
    connector: new HomeAssistantConnector({ webSocketUrl: server.url, token: 't', clock: systemClock }),
    clock: systemClock,
    planSources: async () => circuitsOfEntities(entityIds, 'backfill'),
  });
}

async function read(entityIds: readonly string[], fromMs: number, toMs: number): Promise<HistoryChunk[]> {
  const range = { from: at(fromMs), to: at(toMs) };
  const chunks: HistoryChunk[] = [];
  for await (const chunk of reader(entityIds).fetchHistory(range, signal)) chunks.push(chunk);
  return chunks;
}

function lay(entityId: string, rows: readonly (readonly [ms: number, state: string, unit?: string])[]): void {
  recorder.rows.set(
    entityId,
    rows.map(([ms, state, unit = 'W']) => ({ atMs: START_MS + ms, state, unit })),
  );
}

/** `[ms, { entity: W }, averagedOverS]` */
const seen = (chunks: readonly HistoryChunk[]) =>
  chunks.flatMap(({ readings }) =>
    readings.map(({ observedAt, circuits, averagedOverS }) => [
      observedAt.getTime() - START_MS,
      Object.fromEntries(circuits.map(({ id, powerW }) => [id, powerW])),
      averagedOverS,
    ]),
  );

const missing = (chunks: readonly HistoryChunk[]) =>
  chunks.flatMap(({ unavailable }) =>
    unavailable.map(({ range }) => [range.from.getTime() - START_MS, range.to.getTime() - START_MS]),
  );

it('reads every state of the range once, in chunks that make up the range', async () => {
  const change = fc.record({ afterMs: fc.integer({ min: 1, max: 3 * HOUR_MS }), watts: fc.nat(5000) });
  const history = fc.array(change, { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(history, { minLength: 1, maxLength: 3 }),
      fc.nat(30 * HOUR_MS),
      fc.integer({ min: 1, max: 80 * HOUR_MS }),
      async (histories, fromMs, lengthMs) => {
        const toMs = fromMs + lengthMs;
        const expected: unknown[] = [];
        recorder = new ScriptedRecorder();
        histories.forEach((changes, index) => {
          let ms = 0;
          const rows = changes.map(({ afterMs, watts }) => [(ms += afterMs), String(watts)] as const);
          lay(`sensor.${index}`, rows);
          for (const [atMs, state] of rows) {
            if (atMs > fromMs && atMs <= toMs)
              expected.push([atMs, { [`sensor.${index}`]: Number(state) }, 0]);
          }
        });
        const chunks = await read([...recorder.rows.keys()], fromMs, toMs);
        const order = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
        expect(order(seen(chunks))).toEqual(order(expected));
        const times = chunks.flatMap(({ readings }) =>
          readings.map(({ observedAt }) => observedAt.getTime()),
        );
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(chunks[0]?.range.from).toEqual(at(fromMs));
        expect(chunks.at(-1)?.range.to).toEqual(at(toMs));
        chunks.slice(1).forEach(({ range }, index) => expect(range.from).toEqual(chunks[index]?.range.to));
      },
    ),
    { numRuns: 60 },
  );
});

it('takes each state by the unit of its time, and attributes only where units differ', async () => {
  lay('sensor.steady', [
    [-1, '1'],
    [10, '2'],
  ]);
  lay('sensor.turned', [
    [-1, '1000', 'W'],
    [10, '2000', 'W'],
    [20, '2', 'kW'],
    [30, 'unavailable', 'kW'],
    [40, '3', 'kW'],
  ]);
  const chunks = await read(['sensor.steady', 'sensor.turned'], 0, MINUTE_MS);
  expect(seen(chunks).filter(([, circuits]) => 'sensor.turned' in (circuits as object))).toEqual([
    [10, { 'sensor.turned': 2000 }, 0],
    [20, { 'sensor.turned': 2000 }, 0],
    [30, { 'sensor.turned': null }, 0],
    [40, { 'sensor.turned': 3000 }, 0],
  ]);
  const bulk = recorder.queries.filter(({ type }) => type === 'history/history_during_period').slice(-2);
  expect(bulk).toMatchObject([
    { entityIds: ['sensor.steady'], withAttributes: false },
    { entityIds: ['sensor.turned'], withAttributes: true },
  ]);
});

it('goes back to means of five minutes, then of hours, and names what there never was', async () => {
  lay('sensor.a', [[4 * HOUR_MS + 7 * MINUTE_MS, '70']]);
  const fiveMinutes = [0, 1, 2, 4].map((index) => ({
    startMs: START_MS + 4 * HOUR_MS - (index + 1) * 5 * MINUTE_MS,
    mean: 10 + index,
  }));
  recorder.statistics.get('5minute')?.set('sensor.a', fiveMinutes);
  recorder.statistics.get('hour')?.set(
    'sensor.a',
    [0, 1, 2, 3].map((hour) => ({ startMs: START_MS + hour * HOUR_MS, mean: 100 + hour })),
  );
  const chunks = await read(['sensor.a'], 0, 5 * HOUR_MS);
  expect(seen(chunks)).toEqual([
    [1 * HOUR_MS, { 'sensor.a': 100 }, 3600],
    [2 * HOUR_MS, { 'sensor.a': 101 }, 3600],
    [3 * HOUR_MS, { 'sensor.a': 102 }, 3600],
    [4 * HOUR_MS - 20 * MINUTE_MS, { 'sensor.a': 14 }, 300],
    [4 * HOUR_MS - 10 * MINUTE_MS, { 'sensor.a': 12 }, 300],
    [4 * HOUR_MS - 5 * MINUTE_MS, { 'sensor.a': 11 }, 300],
    [4 * HOUR_MS, { 'sensor.a': 10 }, 300],
    [4 * HOUR_MS + 7 * MINUTE_MS, { 'sensor.a': 70 }, 0],
  ]);
  expect(missing(chunks)).toEqual([
    [3 * HOUR_MS, 4 * HOUR_MS - 25 * MINUTE_MS],
    [4 * HOUR_MS - 20 * MINUTE_MS, 4 * HOUR_MS - 15 * MINUTE_MS],
    [4 * HOUR_MS, 4 * HOUR_MS + 7 * MINUTE_MS - 1],
  ]);
});

it('reads statistics of a unit that Home Assistant does not convert', async () => {
  recorder.unitClass = null;
  recorder.statistics.get('hour')?.set('sensor.a', [{ startMs: START_MS, mean: 1.5 }]);
  expect(seen(await read(['sensor.a'], 0, HOUR_MS))).toEqual([[HOUR_MS, { 'sensor.a': 1500 }, 3600]]);
});

it('asks for less at a time where there is much, and for more where there is little', async () => {
  lay(
    'sensor.busy',
    Array.from({ length: 110_000 }, (_, index) => [index * 30, String(index)] as const),
  );
  const lengthsMs = (await read(['sensor.busy'], 0, 30 * HOUR_MS)).map(
    ({ range }) => (range.to.getTime() - range.from.getTime()) / MINUTE_MS,
  );
  expect(lengthsMs.slice(0, 8)).toEqual([60, 15, 30, 60, 120, 240, 240, 240]);
});

it('asks for few entities at a time', async () => {
  const entityIds = Array.from({ length: 45 }, (_, index) => `sensor.s${index}`);
  for (const entityId of entityIds) lay(entityId, [[10, '1']]);
  expect(seen(await read(entityIds, 0, MINUTE_MS))).toHaveLength(45);
  const sizes = recorder.queries.filter(({ type }) => type === 'history/history_during_period');
  expect(Math.max(...sizes.map(({ entityIds: ids }) => ids.length))).toBe(20);
});

it('waits for the recorder before it reads what has just happened, and only then', async () => {
  lay('sensor.a', [[-1, '1']]);
  await read(['sensor.a'], 0, MINUTE_MS);
  expect(recorder.queries.map(({ type }) => type)).not.toContain('history/stream');
  const now = Date.now() - START_MS;
  lay('sensor.a', [[now - 100, '5']]);
  expect(seen(await read(['sensor.a'], now - 1000, now))).toEqual([[now - 100, { 'sensor.a': 5 }, 0]]);
  expect(recorder.queries.map(({ type }) => type)).toContain('history/stream');
});

it('stops when it is told to', async () => {
  lay('sensor.a', [[-1, '1']]);
  const controller = new AbortController();
  const chunks: HistoryChunk[] = [];
  const reading = (async () => {
    const range = { from: at(0), to: at(100 * HOUR_MS) };
    for await (const chunk of reader(['sensor.a']).fetchHistory(range, controller.signal)) {
      chunks.push(chunk);
      controller.abort(new Error('enough'));
    }
  })();
  await expect(reading).rejects.toThrow('enough');
  expect(chunks).toHaveLength(1);
});

it('lets go of its connection when nobody reads on', async () => {
  lay('sensor.a', [[-1, '1']]);
  for await (const chunk of reader(['sensor.a']).fetchHistory(
    { from: at(0), to: at(100 * HOUR_MS) },
    signal,
  )) {
    expect(chunk.range.from).toEqual(at(0));
    break;
  }
  const [peer] = server.peers;
  if (peer && peer.socket.readyState !== peer.socket.CLOSED) {
    await new Promise((resolve) => peer.socket.once('close', resolve));
  }
  expect(peer?.socket.readyState).toBe(peer?.socket.CLOSED);
});

it.each([{ 'sensor.a': 'rows' }, { 'sensor.a': [{ s: 1, lu: 1 }] }, { 'sensor.a': [{ s: '1' }] }, [], null])(
  'refuses %j for history',
  async (lie) => {
    await server.stop();
    server = await ScriptedWebSocket.start((message, peer) => {
      if (message['type'] === 'history/history_during_period') peer.result(message['id'], lie);
      else recorder.script(message, peer);
    });
    await expect(read(['sensor.a'], 0, HOUR_MS)).rejects.toMatchObject({ code: 'malformed_response' });
  },
);
