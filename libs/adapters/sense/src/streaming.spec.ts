import { keepStreaming, MeterError, MeterReading, StreamListener } from '@smart-meter/meter-adapter';
import { until } from '@smart-meter/meter-adapter-testkit';
import { StreamingSenseAdapter } from './streaming-sense-adapter';
import {
  household,
  MONITOR_ID,
  never,
  OLD_FIRMWARE,
  SenseFixture,
  startFixture,
} from './testing/sense-fixture';

const HOUR_MS = 3_600_000;
/** The simulator's own ticking is out of the way: the tests push. */
const QUIET_FEED = { feedIntervalMs: HOUR_MS };

interface Recorder extends StreamListener {
  connected: number;
  readings: MeterReading[];
}

function recorder(): Recorder {
  const recorded: Recorder = {
    connected: 0,
    readings: [],
    onConnected: () => (recorded.connected += 1),
    onReading: (reading) => recorded.readings.push(reading),
  };
  return recorded;
}

describe('a held stream', () => {
  let fixture: SenseFixture;
  let stop: AbortController;

  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await fixture.close();
  });

  const adapter = () => fixture.adapter as StreamingSenseAdapter;
  const feed = () => fixture.simulator.feed;
  const path = /realtimefeed/;

  async function start(): Promise<{ listener: Recorder; ended: Promise<unknown> }> {
    const listener = recorder();
    const ended = adapter()
      .stream(listener, stop.signal)
      .then(
        () => null,
        (error: unknown) => error,
      );
    await until(() => listener.readings.length > 0);
    return { listener, ended };
  }

  it('gives everything first, then what has changed, with the time of the source', async () => {
    fixture = await startFixture({ stream: true, ...QUIET_FEED });
    const { listener, ended } = await start();
    const known = listener.readings[0]?.circuits.length ?? 0;
    expect(known).toBeGreaterThan(15);
    const truth = () => household.powerAt(fixture.clock.now());
    for (let second = 1; second <= 120; second += 1) {
      await fixture.clock.advance(1000);
      feed().pushUpdate();
      await until(() => listener.readings.length > second);
      expect(listener.readings[second]).toMatchObject({
        observedAt: fixture.clock.now(),
        totalPowerW: truth().totalPowerW,
        solarPowerW: truth().solarPowerW,
        provenance: 'live',
      });
    }
    const merged = new Map<string, number | null>();
    for (const { circuits } of listener.readings)
      for (const { id, powerW } of circuits) merged.set(id, powerW);
    const expected = fixture.simulator.monitors[0]?.devicePowersW(fixture.clock.now());
    expect(Object.fromEntries(merged)).toEqual(Object.fromEntries(expected ?? []));
    expect(listener.readings.slice(1).some(({ circuits }) => circuits.length < known)).toBe(true);
    stop.abort();
    expect(await ended).toBeNull();
  });

  it('tells one reading per second of the source, in order', async () => {
    fixture = await startFixture({ stream: true, ...QUIET_FEED });
    const { listener } = await start();
    feed().pushUpdate();
    feed().pushUpdate();
    await fixture.clock.advance(1000);
    feed().pushUpdate();
    await until(() => listener.readings.length === 2);
    const times = listener.readings.map(({ observedAt }) => observedAt.getTime());
    expect(times[1]).toBe((times[0] ?? 0) + 1000);
  });

  it('answers polls from the open stream: no second connection', async () => {
    fixture = await startFixture({
      stream: true,
      ...QUIET_FEED,
      monitors: [{ id: Number(MONITOR_ID), household, firmware: OLD_FIRMWARE }],
    });
    const { listener } = await start();
    const { reading } = await adapter().fetchConsumption(never);
    expect(reading.totalPowerW).toBe(listener.readings[0]?.totalPowerW);
    expect(reading.dailyKwh).toBeGreaterThan(0);
    expect(
      fixture.simulator.counters.requestsByName.get(`UPGRADE /monitors/${MONITOR_ID}/realtimefeed`),
    ).toBe(1);
  });

  it('reconnects after every drop, once connected tells so, and renews the token on the way', async () => {
    fixture = await startFixture({ stream: true, ...QUIET_FEED });
    const listener = recorder();
    const drops: MeterError[] = [];
    const keeping = keepStreaming(adapter(), listener, {
      clock: fixture.clock,
      signal: stop.signal,
      random: () => 0.5,
      onDisconnected: (error) => drops.push(error),
    });
    for (let quarter = 1; quarter <= 60; quarter += 1) {
      await until(() => listener.connected === quarter);
      fixture.clock.jumpTo(new Date(fixture.clock.now().getTime() + 15 * 60_000));
      fixture.simulator.dropConnections();
      await until(() => drops.length === quarter);
      await fixture.clock.advance(5000);
    }
    stop.abort();
    await keeping;
    expect(drops.every(({ code, retryable }) => code === 'unavailable' && retryable)).toBe(true);
    expect(drops.every(({ retryAfterMs }) => retryAfterMs === 5000)).toBe(true);
    expect(fixture.simulator.accounts.renewals).toBe(1);
    expect(fixture.simulator.accounts.loginTimes).toHaveLength(1);
  });

  it.each(['handshake', 'frame'] as const)(
    'renews a token that is refused by %s, and rebuilds the URL',
    async (how) => {
      fixture = await startFixture({ stream: true, ...QUIET_FEED });
      feed().refusal = how;
      await adapter().fetchConsumption(never);
      fixture.simulator.accounts.revokeAccessTokens();
      const { listener } = await start();
      expect(listener.connected).toBe(1);
      expect(fixture.simulator.accounts.renewals).toBe(1);
    },
  );

  it('renews after an error frame in mid-stream and asks to be connected again', async () => {
    fixture = await startFixture({ stream: true, ...QUIET_FEED });
    const { ended } = await start();
    fixture.simulator.accounts.revokeAccessTokens();
    feed().push('error', { authorized: false, error_reason: 'expired' });
    expect(await ended).toMatchObject({ code: 'unavailable', retryable: true });
    expect(fixture.simulator.accounts.renewals).toBe(1);
    const { listener } = await start();
    expect(listener.connected).toBe(1);
  });

  it('never hammers the handshake with a token that stays refused', async () => {
    fixture = await startFixture({ stream: true, ...QUIET_FEED });
    fixture.simulator.faults.always({ kind: 'status', status: 401 }, { path });
    let waitMs: number | null = null;
    let outcome: unknown = null;
    keepStreaming(adapter(), recorder(), {
      clock: fixture.clock,
      signal: stop.signal,
      onDisconnected: (_error, retryInMs) => (waitMs = retryInMs),
    }).catch((error: unknown) => (outcome = error));
    while (outcome === null) {
      await until(() => waitMs !== null || outcome !== null);
      const passingMs: number = waitMs ?? 0;
      waitMs = null;
      await fixture.clock.advance(passingMs);
    }
    expect(outcome).toMatchObject({ code: 'authentication', retryable: false });
    const name = `UPGRADE /monitors/${MONITOR_ID}/realtimefeed`;
    expect(fixture.simulator.counters.requestsByName.get(name)).toBe(5);
  });

  it('ends when nothing has been heard for 30 s', async () => {
    fixture = await startFixture({ stream: true, ...QUIET_FEED });
    const { ended } = await start();
    await fixture.clock.advance(29_000);
    feed().pushUpdate();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await fixture.clock.advance(29_000);
    expect(feed().openStreams).toBe(1);
    await fixture.clock.advance(1000);
    expect(await ended).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('silent for 30 s'),
    });
  });

  it('asks for the devices anew after Sense says that they have changed', async () => {
    fixture = await startFixture({ stream: true, ...QUIET_FEED });
    const { listener } = await start();
    const name = `GET /apiservice/api/v1/app/monitors/${MONITOR_ID}/devices/overview`;
    const asked = () => fixture.simulator.counters.requestsByName.get(name);
    await adapter().fetchConsumption(never);
    expect(asked()).toBe(1);
    feed().push('data_change', { user_version: 3, device_data_checksum: 'new' });
    for (let update = 1; update <= 24; update += 1) {
      await adapter().fetchConsumption(never);
      expect(asked()).toBe(1);
      await fixture.clock.advance(25_000);
      feed().pushUpdate();
      await until(() => listener.readings.length > update);
    }
    await adapter().fetchConsumption(never);
    expect(asked()).toBe(2);
  });

  it.each([
    ['not JSON', { kind: 'body', body: 'oops' }, 'malformed_response'],
    ['a list', { kind: 'body', body: '[]' }, 'malformed_response'],
    ['no payload', { kind: 'body', body: '{"type":"realtime_update"}' }, 'malformed_response'],
    ['an error', { kind: 'body', body: '{"type":"error","payload":{"error_reason":"x"}}' }, 'unavailable'],
    ['offline', { kind: 'body', body: '{"type":"hello","payload":{"online":false}}' }, 'unavailable'],
  ] as const)(
    'ends with a typed error on a frame of %s, and tells nothing made up',
    async (_name, fault, code) => {
      fixture = await startFixture({ stream: true, ...QUIET_FEED });
      const { listener, ended } = await start();
      fixture.simulator.faults.next(fault, { command: /realtime_update/ });
      await fixture.clock.advance(1000);
      feed().pushUpdate();
      expect(await ended).toMatchObject({ code, retryable: true });
      expect(listener.readings).toHaveLength(1);
    },
  );

  it.each([
    [404, 'configuration', false],
    [429, 'rate_limited', true],
    [503, 'unavailable', true],
  ] as const)('answers %d at the handshake with %s', async (status, code, retryable) => {
    fixture = await startFixture({ stream: true, ...QUIET_FEED });
    fixture.simulator.faults.next({ kind: 'status', status, retryAfterS: 77 }, { path });
    const error: unknown = await adapter()
      .stream(recorder(), stop.signal)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, retryable });
    if (retryable) expect(error).toMatchObject({ retryAfterMs: 77_000 });
  });

  it('never shows the token', async () => {
    fixture = await startFixture({ stream: true, ...QUIET_FEED });
    await adapter().fetchConsumption(never);
    await fixture.simulator.refuseConnections();
    const error: unknown = await adapter()
      .stream(recorder(), stop.signal)
      .catch((caught: unknown) => caught);
    const tokens = fixture.store.session?.tokens;
    expect(error).toMatchObject({ code: 'unavailable' });
    const shown = `${String(error)} ${JSON.stringify(error)} ${String((error as Error).cause)}`;
    expect(shown).not.toContain(tokens?.accessToken);
  });

  it('ends with the adapter', async () => {
    fixture = await startFixture({ stream: true, ...QUIET_FEED });
    const { ended } = await start();
    await adapter().close();
    expect(String(await ended)).toContain('closed');
    await until(() => feed().openStreams === 0);
  });
});
