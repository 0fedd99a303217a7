import fc from 'fast-check';
import { Delivery } from './delivery';
import { eventually } from './testing/eventually';
import { MemoryOutbox } from './testing/memory-outbox';
import { jsonError, ScriptedAnswer, ScriptedInflux, STORED } from './testing/scripted-influx';

/** Whatever a server, a proxy or the network may do before it recovers. */
const anyAnswer = fc.constantFrom<ScriptedAnswer>(
  STORED,
  { status: 200, body: 'fine' },
  jsonError(400, 'partial write: something dropped=3'),
  jsonError(400, 'bad request'),
  jsonError(401, 'authorization failed'),
  jsonError(404, 'database not found'),
  { status: 413 },
  { status: 422, body: 'some or all rejected' },
  { status: 429, headers: { 'retry-after': '0' } },
  jsonError(500, 'engine: cache-max-memory-size exceeded'),
  { status: 503, headers: { 'retry-after': 'soon' } },
  { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
  'reset',
  'hang',
);

const MOST_LINES_AT_ONCE = 40;

describe('Delivery, whatever the server does', () => {
  it('has every line delivered, queued or in the quarantine, always', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 15 }),
        fc.array(anyAnswer, { maxLength: 25 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat({ max: 20 }),
        async (entries, script, concurrency, stopAfterRequests) => {
          const influx = await ScriptedInflux.start();
          const outbox = new MemoryOutbox();
          const goodLines = new Set<string>();
          const badLines = new Set<string>();
          entries.forEach((lines, entry) => {
            const texts = lines.map(
              (isBad, index) => `m${index % 3} ${isBad ? 'bad' : 'w=1'} ${entry * 100 + index}`,
            );
            texts.forEach((text, index) => (lines[index] ? badLines : goodLines).add(text));
            outbox.appendLines(...texts);
          });
          const all = [...goodLines, ...badLines];
          const answers = [...script];
          // After the script it is a well-behaved InfluxDB that stores the good part of what it refuses.
          influx.answer = ({ lines }) => {
            const scripted = answers.shift();
            if (scripted !== undefined) return scripted;
            if (lines.length > MOST_LINES_AT_ONCE) return { status: 413 };
            if (!lines.some((line) => badLines.has(line))) return STORED;
            for (const line of lines) if (!badLines.has(line)) influx.stored.add(line);
            return jsonError(400, `partial write: unable to parse dropped=0`);
          };
          const expectNothingLost = () => {
            const quarantined = new Set(outbox.quarantine.map(({ line }) => line));
            const queued = new Set(outbox.queuedLines);
            const lost = all.filter(
              (line) => !influx.stored.has(line) && !queued.has(line) && !quarantined.has(line),
            );
            expect(lost).toEqual([]);
          };
          const deliver = () => {
            const delivery = new Delivery({
              outbox,
              target: { url: influx.url, bucket: 'home' },
              policy: {
                concurrency,
                maxLinesPerRequest: 50,
                requestTimeoutMs: 15,
                retry: { firstDelayMs: 0.1, longestDelayMs: 1, longestRetryAfterMs: 1 },
              },
            });
            delivery.start();
            return delivery;
          };
          const first = deliver();
          await eventually(
            'some requests',
            () => influx.requests.length >= stopAfterRequests || outbox.stats().entries === 0,
          );
          expectNothingLost();
          await first.stop(0);
          expectNothingLost();
          // As after a restart of the process: another delivery goes on with what is queued.
          const second = deliver();
          await eventually('all settled', () => outbox.stats().entries === 0);
          await second.stop(0);
          await influx.stop();
          expectNothingLost();
          // Only a server that calls good lines bad has them in the quarantine.
          const isHonest = script.every(
            (answer) => typeof answer === 'string' || ![400, 422].includes(answer.status),
          );
          if (isHonest) expect(outbox.quarantine.every(({ line }) => badLines.has(line))).toBe(true);
        },
      ),
      { numRuns: 60, endOnFailure: true },
    );
  }, 60_000);
});
