import { HomeAssistantSimulator } from './home-assistant-simulator';

const WATTS = { unit_of_measurement: 'W', device_class: 'power', state_class: 'measurement' };

describe('REST', () => {
  let simulator: HomeAssistantSimulator;
  let nowMs: number;

  beforeEach(async () => {
    nowMs = Date.parse('2026-11-20T10:00:00Z');
    simulator = await HomeAssistantSimulator.start({
      clock: { now: () => new Date(nowMs) },
      loginAttemptsThreshold: 3,
      recorder: { exclude: (entityId) => entityId === 'sensor.unrecorded' },
    });
  });

  afterEach(() => simulator.close());

  async function call(path: string, init: RequestInit = {}, token = simulator.token) {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(simulator.url + path, { headers, ...init });
    const text = await response.text();
    const json = response.headers.get('content-type') === 'application/json' ? JSON.parse(text) : text;
    return { status: response.status, body: json, headers: response.headers };
  }

  const at = (text: string, state: string, attributes: Record<string, unknown> = WATTS): void => {
    nowMs = Date.parse(`2026-11-20T${text}Z`);
    simulator.setState('sensor.grid', state, attributes);
  };

  it('says that it runs, and what it is', async () => {
    expect((await call('/api/')).body).toEqual({ message: 'API running.' });
    expect((await call('/api')).status).toBe(404);
    expect((await call('/core/api/')).body).toEqual({ message: 'API running.' });
    expect((await call('/api/config')).body).toMatchObject({
      state: 'RUNNING',
      version: '2026.11.0',
      currency: 'EUR',
    });
    expect((await call('/api/core/state')).body).toMatchObject({ state: 'RUNNING', recorder_state: {} });
    expect((await call('/api/states', { method: 'PUT' })).status).toBe(405);
  });

  it('writes times as Python does', async () => {
    simulator.setState('sensor.grid', '1', WATTS);
    nowMs += 1500.25;
    simulator.setState('sensor.grid', '2');
    nowMs += 500;
    simulator.setState('sensor.grid', '2', { ...WATTS, more: true });
    nowMs += 1000;
    simulator.setState('sensor.grid', '2', { ...WATTS, more: true });
    const { body } = await call('/api/states/sensor.grid');
    expect(body).toEqual({
      entity_id: 'sensor.grid',
      state: '2',
      attributes: { ...WATTS, more: true },
      last_changed: '2026-11-20T10:00:01.500000+00:00',
      last_reported: '2026-11-20T10:00:03+00:00',
      last_updated: '2026-11-20T10:00:02+00:00',
      context: { id: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/), parent_id: null, user_id: null },
    });
    expect((await call('/api/states')).body).toEqual([body]);
    expect((await call('/api/states/sensor.nope')).body).toEqual({ message: 'Entity not found.' });
  });

  it('takes states from an administrator', async () => {
    const post = (entityId: string, body: string) =>
      call(`/api/states/${entityId}`, { method: 'POST', body });
    const created = await post('sensor.new', '{"state": 12, "attributes": {"a": 1}}');
    expect([created.status, created.body.state, created.headers.get('location')]).toEqual([
      201,
      '12',
      '/api/states/sensor.new',
    ]);
    expect((await post('sensor.new', '{"state": "13"}')).status).toBe(200);
    expect((await post('sensor.new', '{')).body).toEqual({ message: 'Invalid JSON specified.' });
    expect((await post('sensor.new', '{}')).body).toEqual({ message: 'No state specified.' });
    expect((await post('new', '{"state":"1"}')).body).toEqual({ message: 'Invalid entity ID specified.' });
    expect((await call('/api/states/sensor.new', { method: 'DELETE' })).body).toEqual({
      message: 'Entity removed.',
    });
    simulator.access.addToken('reader', { id: 'r', name: 'Reader', isAdmin: false });
    expect(
      (await call('/api/states/sensor.new', { method: 'POST', body: '{"state":"1"}' }, 'reader')).status,
    ).toBe(401);
    expect((await call('/api/states', {}, 'reader')).status).toBe(200);
  });

  it('refuses a wrong token, then bans', async () => {
    const refused = await call('/api/states', {}, 'wrong');
    expect([refused.status, refused.body]).toEqual([401, '401: Unauthorized']);
    expect((await call('/api/states')).status).toBe(200);
    expect(simulator.access.failedAttempts).toBe(0);
    for (let attempt = 0; attempt < 3; attempt += 1) await call('/api/states', {}, 'wrong');
    const banned = await call('/api/states');
    expect([banned.status, banned.body]).toEqual([403, '403: Forbidden']);
    simulator.access.liftBan();
    simulator.setCoreState('STOPPING');
    expect((await call('/api/states')).status).toBe(503);
  });

  describe('history', () => {
    const period = '/api/history/period/2026-11-20T09:00:00Z';

    beforeEach(() => {
      at('08:59:00', '1');
      at('09:10:00', '2');
      at('09:20:00', '2', { ...WATTS, more: 1 });
      at('09:30:00', 'unavailable');
      nowMs = Date.parse('2026-11-20T10:00:00Z');
    });

    const rows = async (query: string): Promise<Record<string, unknown>[]> =>
      (await call(`${period}?filter_entity_id=sensor.grid${query}`)).body[0] ?? [];

    it('starts with the state in force, as of the start, and drops attribute-only rows', async () => {
      const full = await rows('');
      expect(full.map(({ state, last_changed }) => [state, last_changed])).toEqual([
        ['1', '2026-11-20T09:00:00+00:00'],
        ['2', '2026-11-20T09:10:00+00:00'],
        ['unavailable', '2026-11-20T09:30:00+00:00'],
      ]);
      expect(Object.keys(full[0] ?? {})).toEqual([
        'entity_id',
        'state',
        'attributes',
        'last_changed',
        'last_updated',
      ]);
      expect((await rows('&significant_changes_only=0')).map(({ state }) => state)).toEqual([
        '1',
        '2',
        '2',
        'unavailable',
      ]);
      expect((await rows('&skip_initial_state')).map(({ state }) => state)).toEqual(['2', 'unavailable']);
    });

    it('shortens, and leaves out attributes', async () => {
      const minimal = await rows('&minimal_response&significant_changes_only=0');
      expect(minimal.slice(1)).toEqual([
        { state: '2', last_changed: '2026-11-20T09:10:00+00:00' },
        { state: 'unavailable', last_changed: '2026-11-20T09:30:00+00:00' },
      ]);
      expect(minimal[0]).toHaveProperty('attributes', WATTS);
      expect((await rows('&no_attributes')).map(({ attributes }) => attributes)).toEqual([{}, {}, {}]);
    });

    it('keeps to the end', async () => {
      expect((await rows('&end_time=2026-11-20T09:30:00Z')).map(({ state }) => state)).toEqual(['1', '2']);
      // A plus that is not encoded is a space.
      expect(
        (await call(`${period}?filter_entity_id=sensor.grid&end_time=2026-11-20T10:30:00+01:00`)).status,
      ).toBe(400);
      expect((await rows('&end_time=2026-11-20T10:30:00%2B01:00')).map(({ state }) => state)).toEqual([
        '1',
        '2',
      ]);
    });

    it('leaves out a state at the very start, as the real one does', async () => {
      const { body } = await call('/api/history/period/2026-11-20T09:10:00Z?filter_entity_id=sensor.grid');
      expect(body[0].map(({ state }: { state: string }) => state)).toEqual(['1', 'unavailable']);
    });

    it('answers for several entities, and nothing for unknown, unrecorded and the future', async () => {
      simulator.setState('sensor.unrecorded', '1', WATTS);
      simulator.setState('sensor.other', '1', WATTS);
      const { body } = await call(
        `${period}?filter_entity_id=sensor.nope,sensor.other,sensor.grid,sensor.unrecorded&end_time=2026-11-20T11:00:00Z`,
      );
      expect(body.map((one: { entity_id: string }[]) => one[0]?.entity_id)).toEqual([
        'sensor.other',
        'sensor.grid',
      ]);
      expect(
        (await call('/api/history/period/2030-01-01T00:00:00Z?filter_entity_id=sensor.grid')).body,
      ).toEqual([]);
    });

    it.each([
      ['/api/history/period', 'filter_entity_id is missing'],
      ['/api/history/period?filter_entity_id=grid', 'Invalid filter_entity_id'],
      ['/api/history/period?filter_entity_id=sensor.grid&end_time=x', 'Invalid end_time'],
      ['/api/history/period/x?filter_entity_id=sensor.grid', 'Invalid datetime'],
    ])('refuses %s', async (path, words) => {
      const { status, body } = await call(path);
      expect([status, body]).toEqual([400, { message: words }]);
    });
  });

  it('harms its answers as scripted', async () => {
    simulator.setState('sensor.grid', '1', WATTS);
    simulator.faults.next(
      { kind: 'rewrite', rewrite: (body) => body.replace('"1"', 'NaN') },
      { path: /states$/ },
    );
    await expect(call('/api/states')).rejects.toThrow(SyntaxError);
    expect((await call('/api/states')).body).toHaveLength(1);
    expect(simulator.counters.requestsByName.get('GET /api/states')).toBe(2);
  });
});
