import { HomeAssistantSimulator } from './home-assistant-simulator';
import { RawClient } from './testing/raw-client';

const POWER = { unit_of_measurement: 'W', device_class: 'power', state_class: 'measurement' };
const METER = { unit_of_measurement: 'kWh', device_class: 'energy', state_class: 'total_increasing' };

interface Row {
  readonly start: number;
  readonly end: number;
  readonly [value: string]: number | null;
}

describe('history and statistics over the WebSocket', () => {
  let simulator: HomeAssistantSimulator;
  let client: RawClient;
  let nowMs: number;
  const startMs = Date.parse('2026-11-20T10:00:00Z');
  const start_time = '2026-11-20T10:00:00Z';

  beforeEach(async () => {
    nowMs = startMs - 600_000;
    const clock = { now: () => new Date(nowMs) };
    simulator = await HomeAssistantSimulator.start({ clock, followClock: false, recorder: { keepDays: 1 } });
    client = await RawClient.connect(simulator);
  });

  afterEach(() => simulator.close());

  const at = (
    offsetS: number,
    entityId: string,
    state: string,
    attributes?: Record<string, unknown>,
  ): void => {
    nowMs = startMs + offsetS * 1000;
    simulator.setState(entityId, state, attributes);
  };

  const statistics = (entityId: string, more: Record<string, unknown> = {}): Promise<Record<string, Row[]>> =>
    client.result({
      type: 'recorder/statistics_during_period',
      start_time,
      statistic_ids: [entityId, 'sensor.unknown'],
      period: '5minute',
      ...more,
    });

  describe('history', () => {
    beforeEach(() => {
      at(-60, 'sensor.p', '1', POWER);
      at(10, 'sensor.p', '2');
      at(20, 'sensor.p', '2', { ...POWER, more: 1 });
      at(30, 'sensor.p', 'unknown');
      nowMs = startMs + 60_000;
    });

    const history = (more: Record<string, unknown> = {}): Promise<Record<string, unknown[]>> =>
      client.result({
        type: 'history/history_during_period',
        start_time,
        entity_ids: ['sensor.p', 'sensor.no'],
        ...more,
      });

    it('has lu always and lc where it differs', async () => {
      const s = startMs / 1000;
      expect(await history()).toEqual({
        'sensor.p': [
          { s: '1', a: POWER, lu: s },
          { s: '2', a: POWER, lu: s + 10 },
          { s: 'unknown', a: { ...POWER, more: 1 }, lu: s + 30 },
        ],
      });
      expect((await history({ significant_changes_only: false }))['sensor.p']?.[2]).toEqual({
        s: '2',
        a: { ...POWER, more: 1 },
        lu: s + 20,
        lc: s + 10,
      });
      const lean = { significant_changes_only: false, no_attributes: true, minimal_response: true };
      expect(
        await history({ ...lean, include_start_time_state: false, end_time: '2026-11-20T10:00:30Z' }),
      ).toEqual({
        'sensor.p': [{ s: '2', lu: s + 10 }],
      });
    });

    it.each([
      [{ start_time: 'x' }, 'invalid_start_time'],
      [{ end_time: 'x' }, 'invalid_end_time'],
      [{ entity_ids: [] }, 'unknown_error'],
      [{ entity_ids: undefined }, 'invalid_format'],
    ])('refuses %p', async (more, code) => {
      await expect(history(more)).rejects.toThrow(code);
    });

    it('streams the past, then the present', async () => {
      const id = client.send({
        type: 'history/stream',
        start_time,
        entity_ids: ['sensor.p'],
        no_attributes: true,
      });
      await client.until(() => client.eventsOf(id).length === 1);
      expect(client.eventsOf(id)[0]).toMatchObject({
        start_time: startMs / 1000,
        end_time: startMs / 1000 + 30,
      });
      at(70, 'sensor.p', '3');
      at(71, 'sensor.p', '3', { ...POWER, other: true });
      at(72, 'sensor.p', '4');
      await client.until(() => client.eventsOf(id).length === 2);
      const s = startMs / 1000;
      expect(client.eventsOf(id)[1]).toEqual({
        states: {
          'sensor.p': [
            { s: '3', lu: s + 70 },
            { s: '4', lu: s + 72 },
          ],
        },
      });
    });

    it('records nothing while it is down, and knows a removal', async () => {
      await simulator.shutDown();
      at(80, 'sensor.p', '8');
      await simulator.startUp();
      at(90, 'sensor.p', '9');
      simulator.remove('sensor.p');
      const states = simulator.home.recorder.statesOf('sensor.p').map(({ state }) => state);
      expect(states).toEqual(['1', '2', '2', 'unknown', '9', null]);
    });
  });

  it('means are weighted by time from the first valid state, and hold through outages', async () => {
    at(60, 'sensor.p', '100', POWER);
    at(120, 'sensor.p', '400');
    at(180, 'sensor.p', 'unavailable');
    at(360, 'sensor.p', '0.5', { ...POWER, unit_of_measurement: 'kW' });
    nowMs = startMs + 900_000;
    const rows = (await statistics('sensor.p', { units: { power: 'W' } }))['sensor.p'] ?? [];
    expect(rows.map(({ start }) => (start - startMs) / 1000)).toEqual([0, 300, 600]);
    // 100 W for 60 s, then 400 W for 180 s; the bucket counts from its first valid state.
    expect(rows[0]).toEqual({
      start: startMs,
      end: startMs + 300_000,
      change: null,
      last_reset: null,
      max: 400,
      mean: (100 * 60 + 400 * 180) / 240,
      min: 100,
      state: null,
      sum: null,
    });
    expect(rows[1]).toMatchObject({ mean: 500, min: 500, max: 500 });
    expect(rows[2]).toMatchObject({ mean: 500 });
    const chosen = await statistics('sensor.p', { types: ['mean'], units: { power: 'kW' } });
    expect(chosen['sensor.p']?.[1]).toEqual({ start: startMs + 300_000, end: startMs + 600_000, mean: 0.5 });
  });

  it('sums follow the state class: resets, jitter, last_reset', async () => {
    at(10, 'sensor.m', '100', METER);
    at(20, 'sensor.m', '102');
    at(310, 'sensor.m', '101.9');
    at(320, 'sensor.m', '1');
    at(620, 'sensor.m', '3');
    const total = { ...METER, state_class: 'total' };
    at(620, 'sensor.t', '10', { ...total, last_reset: '2026-11-20T00:00:00+00:00' });
    at(920, 'sensor.t', '4', { ...total, last_reset: '2026-11-20T10:15:00+00:00' });
    at(930, 'sensor.t', '3', { ...total, last_reset: '2026-11-20T10:15:00+00:00' });
    nowMs = startMs + 1_300_000;
    const rows = (await statistics('sensor.m'))['sensor.m'] ?? [];
    const near = (value: number) => expect.closeTo(value, 9) as unknown;
    expect(rows.map(({ state, sum, change }) => [state, sum, change])).toEqual([
      [102, near(2), near(2)],
      [1, near(2.9), near(0.9)],
      [3, near(4.9), near(2)],
      [3, near(4.9), near(0)],
    ]);
    const totals = (await statistics('sensor.t'))['sensor.t'] ?? [];
    expect(totals.map(({ state, sum, last_reset }) => [state, sum, last_reset])).toEqual([
      [10, 0, Date.parse('2026-11-20T00:00:00Z')],
      [3, 3, Date.parse('2026-11-20T10:15:00Z')],
    ]);
    const metadata = await client.result({ type: 'recorder/list_statistic_ids', statistic_type: 'sum' });
    expect(metadata).toContainEqual({
      statistic_id: 'sensor.m',
      display_unit_of_measurement: 'kWh',
      has_mean: false,
      mean_type: 0,
      has_sum: true,
      name: null,
      source: 'recorder',
      statistics_unit_of_measurement: 'kWh',
      unit_class: 'energy',
    });
  });

  it('keeps hours for ever, five minutes for as long as the history, and puts days together by local time', async () => {
    const generated = client.send({
      type: 'subscribe_events',
      event_type: 'recorder_hourly_statistics_generated',
    });
    await client.result({ type: 'recorder/info' });
    // Three days at 10-minute steps: 0 W in even local hours, 120 W in odd ones.
    for (let offsetS = 0; offsetS < 3 * 86_400; offsetS += 600) {
      at(
        offsetS,
        'sensor.p',
        String(Math.floor(offsetS / 3600) % 2 === 0 ? 0 : 120),
        offsetS === 0 ? POWER : undefined,
      );
    }
    nowMs = startMs + 3 * 86_400_000;
    const hours = (await statistics('sensor.p', { period: 'hour' }))['sensor.p'] ?? [];
    expect(hours).toHaveLength(72);
    expect(hours.slice(0, 2)).toMatchObject([{ mean: 0 }, { mean: 120 }]);
    const days = (await statistics('sensor.p', { period: 'day' }))['sensor.p'] ?? [];
    expect(days.map(({ start, end }) => [start, end - start])).toEqual(
      [-11, 13, 37, 61].map((hour) => [startMs + hour * 3_600_000, 86_400_000]),
    );
    expect(days[1]).toMatchObject({ mean: 60, min: 0, max: 120 });
    await client.until(() => client.eventsOf(generated).length === 72);
  });

  it('refuses bad questions', async () => {
    await expect(statistics('sensor.p', { period: 'minute' })).rejects.toThrow('invalid_format');
    await expect(statistics('sensor.p', { statistic_ids: [] })).rejects.toThrow('invalid_format');
    await expect(statistics('sensor.p', { start_time: 'x' })).rejects.toThrow('invalid_start_time');
  });
});
