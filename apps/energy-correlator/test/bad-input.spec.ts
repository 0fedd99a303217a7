import { HomeEvent } from '@smart-meter/correlation';
import { EventInbox } from '../src/events/event-inbox';
import { FakeSmartMeter } from './support/fake-smart-meter';
import { RunningCorrelator } from './support/running-correlator';
import { ScriptedHome } from './support/scripted-home';
import { ScriptedSources } from './support/scripted-sources';
import { SimulatedTime } from './support/simulated-time';

const START = new Date('2026-03-01T10:00:00Z');
const MINUTE_MS = 60_000;

interface Statistics {
  events: Record<string, number>;
  answers: number;
  waiting_events: number;
  failed_runs: number;
}
interface Correlation {
  event_id: string;
  entity_id: string;
  state: string;
  previous_state: string | null;
  power_delta_w: number | null;
  reason: string | null;
  provisional: boolean;
  revision: number;
}

interface CorrelationPage {
  correlations: Correlation[];
  next_cursor: string | null;
}

jest.setTimeout(60_000);

describe('odd input', () => {
  let clock: SimulatedTime;
  let smartMeter: FakeSmartMeter;
  let sources: ScriptedSources;
  let service: RunningCorrelator;
  let script: HomeEvent[];

  beforeEach(async () => {
    clock = new SimulatedTime(START);
    smartMeter = await FakeSmartMeter.start({ powerAt: (at) => powerAt(at), everyS: 5, clock });
    sources = await ScriptedSources.start(new ScriptedHome(START, START));
    service = await RunningCorrelator.start(
      { ...sources.environment, SMART_METER_URL: smartMeter.url, RETRY_WINDOW_MINUTES: '15' },
      clock,
    );
    script = [];
  });

  afterEach(async () => {
    await service.stop();
    await Promise.all([smartMeter.stop(), sources.stop()]);
  });

  /** 500 W more in the second half of every ten minutes. */
  function powerAt(at: Date): number {
    return 200 + (at.getTime() % (10 * MINUTE_MS) >= 5 * MINUTE_MS ? 500 : 0);
  }

  function tell(...events: HomeEvent[]): void {
    service.app.get(EventInbox).add(events);
  }

  /** What the load above reports, as events of an entity. */
  function switching(
    entityId: string,
    fromMinute: number,
    toMinute: number,
    state: (on: boolean) => unknown,
  ) {
    for (let minute = fromMinute; minute < toMinute; minute += 5) {
      script.push({ entityId, atMs: START.getTime() + minute * MINUTE_MS, state: state(minute % 10 === 5) });
    }
  }

  async function liveUntil(minute: number, stepMinutes = 5): Promise<void> {
    const untilMs = START.getTime() + minute * MINUTE_MS;
    while (clock.now().getTime() < untilMs) {
      clock.set(new Date(Math.min(untilMs, clock.now().getTime() + stepMinutes * MINUTE_MS)));
      const nowMs = clock.now().getTime();
      tell(...script.filter(({ atMs }) => atMs <= nowMs));
      script = script.filter(({ atMs }) => atMs > nowMs);
      await service.process();
    }
  }

  async function correlations(query = ''): Promise<Correlation[]> {
    const { body } = await service.get<{ correlations: Correlation[] }>(
      `/correlations?from=${START.toISOString()}&limit=1000${query}`,
    );
    return body.correlations;
  }

  const statistics = async () => (await service.get<Statistics>('/statistics')).body;

  it('reads states that are objects, or the text of one, without a state before', async () => {
    switching('switch.heater', 5, 60, (on) =>
      on ? { state: 'on', attributes: {} } : `{'entity_id': 'switch.heater', 'state': 'off'}`,
    );
    tell({ entityId: 'switch.broken', atMs: START.getTime() + MINUTE_MS, state: { no: 'state' } });
    tell({ entityId: 'switch.broken', atMs: START.getTime() + 2 * MINUTE_MS, state: '', previousState: '' });
    await liveUntil(80);
    const answers = await correlations('&entity=switch.heater');
    expect(answers).toHaveLength(11);
    // Newest first: only of the very first event nobody knows what was before.
    expect(answers.at(-1)?.previous_state).toBeNull();
    for (const [index, { state, previous_state, power_delta_w }] of answers.entries()) {
      if (index < answers.length - 1) expect(previous_state).toBe(state === 'on' ? 'off' : 'on');
      expect(power_delta_w).toBeGreaterThan(state === 'on' ? 450 : -550);
      expect(power_delta_w).toBeLessThan(state === 'on' ? 550 : -450);
    }
    expect((await statistics()).events).toMatchObject({ accepted: 11, malformed: 2 });
  });

  it('refuses events of the future, answers late ones at night, and takes nothing twice', async () => {
    const future = { entityId: 'light.a', atMs: START.getTime() + 60 * MINUTE_MS, state: 'on' };
    tell(future, { entityId: 'light.b', atMs: START.getTime() + MINUTE_MS, state: 'on' });
    tell({ entityId: 'light.b', atMs: START.getTime() + MINUTE_MS, state: 'off' });
    await liveUntil(40);
    tell({ entityId: 'light.c', atMs: START.getTime() + 2 * MINUTE_MS, state: 'on' });
    await liveUntil(50);
    expect(await statistics()).toMatchObject({
      events: { accepted: 1, future: 1, too_late: 1 },
      answers: 1,
      waiting_events: 0,
    });
    await liveUntil(24 * 60, 60);
    const answered = (await correlations()).map(({ entity_id }) => entity_id);
    expect(answered.sort()).toEqual(['light.b', 'light.c']);
  });

  it('answers each of 10,000 events of one second', async () => {
    tell(
      ...Array.from({ length: 10_000 }, (_, index) => ({
        entityId: `switch.s${index % 500}`,
        eventId: `storm ${index}`,
        atMs: START.getTime() + MINUTE_MS + (index % 1000),
        state: index % 1000 < 500 ? 'on' : 'off',
      })),
    );
    await liveUntil(20);
    expect(await statistics()).toMatchObject({
      events: { accepted: 10_000, overloaded: 0 },
      answers: 10_000,
      waiting_events: 0,
    });
    expect((await service.get('/health')).status).toBe(200);
  });

  it('learns a renamed entity anew', async () => {
    switching('switch.old', 5, 60, (on) => (on ? 'on' : 'off'));
    switching('switch.new', 65, 120, (on) => (on ? 'on' : 'off'));
    await liveUntil(140);
    const { body } = await service.get<{ states: { state: string; power_w: number }[] }>(
      '/devices/switch.new/impact?from=2026-03-01T00:00:00Z',
    );
    expect(body.states.find(({ state }) => state === 'on')?.power_w).toBeCloseTo(500, -1);
    const { body: list } = await service.get<{ devices: { entity_id: string; events: number }[] }>(
      '/devices',
    );
    expect(list.devices.map(({ entity_id, events }) => [entity_id, events])).toEqual([
      ['switch.new', 11],
      ['switch.old', 11],
    ]);
  });

  it('answers when power comes late, and goes on where it stood when power cannot be read', async () => {
    switching('switch.heater', 5, 60, (on) => (on ? 'on' : 'off'));
    await liveUntil(40);
    smartMeter.missing = { fromMs: START.getTime() + 40 * MINUTE_MS, toMs: START.getTime() + 70 * MINUTE_MS };
    await liveUntil(50);
    const withoutPower = (await correlations()).filter(({ reason }) => reason === 'no_samples');
    expect(withoutPower.length).toBeGreaterThan(0);
    smartMeter.missing = null;
    await liveUntil(56);
    const late = await correlations();
    for (const { event_id } of withoutPower) {
      const answer = late.find((one) => one.event_id === event_id);
      expect(Math.abs(answer?.power_delta_w ?? 0)).toBeGreaterThan(450);
      expect(answer?.revision).toBeGreaterThan(1);
    }
    smartMeter.failWith = 503;
    await expect(liveUntil(70)).rejects.toThrow('503');
    expect((await service.get('/health')).body).toMatchObject({
      status: 'degraded',
      service: 'energy-correlator',
    });
    smartMeter.failWith = null;
    await liveUntil(90);
    expect((await statistics()).failed_runs).toBeGreaterThan(0);
    expect(await correlations()).toHaveLength(11);
  });

  it('attributes nothing to power that nobody knows', async () => {
    smartMeter.missing = { fromMs: 0, toMs: Infinity };
    switching('switch.heater', 5, 30, (on) => (on ? 'on' : 'off'));
    await liveUntil(60);
    const answers = await correlations();
    expect(answers).toHaveLength(5);
    for (const { reason, power_delta_w, provisional } of answers) {
      expect([reason, power_delta_w, provisional]).toEqual(['no_samples', null, false]);
    }
  });
});

describe('requests', () => {
  let clock: SimulatedTime;
  let sources: ScriptedSources;
  let service: RunningCorrelator;
  const home = new ScriptedHome(START, new Date(START.getTime() + 3 * 3_600_000));

  beforeAll(async () => {
    clock = new SimulatedTime(START);
    sources = await ScriptedSources.start(home);
    service = await RunningCorrelator.start(sources.environment, clock);
    clock.set(new Date(START.getTime() + 3 * 3_600_000));
    await service.process();
  });

  afterAll(async () => {
    await service?.stop();
    await sources?.stop();
  });

  it.each([
    '/correlations?limit=0',
    '/correlations?limit=1001',
    '/correlations?cursor=x',
    '/correlations?from=yesterday',
    '/correlations?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z',
    '/correlations?min_confidence=2',
    '/correlations?min_delta=-1',
    '/correlations?colour=red',
    '/top-consumers?limit=x',
    '/phantom-load?nights=1',
  ])('refuses %s with a problem', async (path) => {
    const { status, body } = await service.get(path);
    expect(status).toBe(400);
    expect(body).toMatchObject({ status: 400, code: 'bad_request' });
  });

  it('answers 404 for an entity that nobody knows', async () => {
    expect((await service.get('/devices/light.none/impact')).status).toBe(404);
    expect((await service.get('/devices/..%2f..%2fetc/impact')).status).toBe(404);
  });

  it('gives every answer once, page by page, and filters', async () => {
    const all: string[] = [];
    let path: string | null = '/correlations?limit=7';
    while (path !== null) {
      const page: { body: CorrelationPage } = await service.get<CorrelationPage>(path);
      all.push(...page.body.correlations.map(({ event_id }) => event_id));
      path = page.body.next_cursor === null ? null : `/correlations?limit=7&cursor=${page.body.next_cursor}`;
    }
    const { body: statistics } = await service.get<Statistics>('/statistics');
    expect(all).toHaveLength(statistics.answers);
    expect(new Set(all).size).toBe(all.length);
    const { body: large } = await service.get<{ correlations: Correlation[] }>('/correlations?min_delta=500');
    expect(large.correlations.length).toBeGreaterThan(0);
    expect(large.correlations.every(({ entity_id }) => entity_id === 'switch.heater')).toBe(true);
    const { body: fans } = await service.get<{ correlations: Correlation[] }>('/correlations?domain=fan');
    expect(new Set(fans.correlations.map(({ entity_id }) => entity_id))).toEqual(new Set(['fan.bath']));
  });

  it('counts from zero after a reset, and keeps what it learned', async () => {
    const { status, body } = await service.post<Statistics>('/statistics/reset');
    expect([status, body.answers]).toEqual([200, 0]);
    expect((await service.get<{ devices: unknown[] }>('/devices')).body.devices).toHaveLength(3);
  });

  it('tells Prometheus and the probes', async () => {
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toContain('energy_correlator_events{outcome="accepted",service="energy-correlator"}');
    expect(metrics).toContain('energy_correlator_lag_seconds');
    expect((await service.get('/health/live')).body).toEqual({ status: 'live' });
    expect((await service.get('/health/ready')).body).toEqual({ status: 'ready' });
    expect((await service.get('/health')).body).toMatchObject({ success_rate: expect.any(Number) as number });
  });
});
