import { ApiError } from './api-error';
import { LiveEvents, reconnectDelayMs } from './live-events';

const event = (id: number, powerW: number) =>
  `id: ${id}\nevent: reading\ndata: {"timestamp":"${new Date(id).toISOString()}","total_power_w":${powerW}}\n\n`;

function streamOf(...pieces: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
}

/** Runs through the given connections, then stops. */
async function follow(connections: (() => ReadableStream<Uint8Array>)[]) {
  const stop = new AbortController();
  const seen = {
    ids: [] as (string | null)[],
    powers: [] as unknown[],
    lost: [] as string[],
    delaysMs: [] as number[],
  };
  const events = new LiveEvents({
    open: async (lastEventId) => {
      seen.ids.push(lastEventId);
      const open = connections.shift();
      if (!open) throw new ApiError('unreachable', 'gone');
      return open();
    },
    onConnected: () => undefined,
    onReading: (reading) => seen.powers.push(reading.total_power_w),
    onLost: (error, delayMs) => {
      seen.lost.push(error.message);
      seen.delaysMs.push(delayMs);
      if (connections.length === 0) stop.abort();
    },
    sleep: async () => undefined,
    random: () => 1,
  });
  await events.run(stop.signal);
  return seen;
}

describe('LiveEvents', () => {
  it('comes back after a lost connection and asks for what it missed', async () => {
    const seen = await follow([
      () => streamOf(event(1000, 10), event(2000, 20)),
      () => streamOf(event(3000, 30)),
    ]);
    expect(seen.powers).toEqual([10, 20, 30]);
    expect(seen.ids).toEqual([null, '2000']);
  });

  it('waits longer after every failure, and shortly again after a reading', async () => {
    const refuse = () => {
      throw new TypeError('Failed to fetch');
    };
    const { delaysMs, lost } = await follow([refuse, refuse, refuse, () => streamOf(event(1, 1))]);
    expect(delaysMs).toEqual([1000, 2000, 4000, 1000]);
    expect(lost[0]).toBe('smart-meter does not answer.');
  });

  it('leaves an event that cannot be read, and comes back for it', async () => {
    const { ids, lost } = await follow([
      () => streamOf(event(1, 1), 'id: 2\nevent: reading\ndata: {"timesta\n\n'),
      () => streamOf(event(2, 2)),
    ]);
    expect(lost[0]).toBe('The answer cannot be read.');
    expect(ids).toEqual([null, '1']);
  });
});

it('never waits for more than half a minute, and spreads', () => {
  for (let failures = 1; failures < 100; failures += 1) {
    expect(reconnectDelayMs(failures, () => 1)).toBeLessThanOrEqual(30_000);
    expect(reconnectDelayMs(failures, () => 0)).toBeGreaterThanOrEqual(500);
  }
});
