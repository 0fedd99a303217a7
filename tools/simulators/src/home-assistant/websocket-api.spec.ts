import { buildEnergyPreferences } from './energy-preferences';
import { HomeAssistantSimulator } from './home-assistant-simulator';
import { RawClient } from './testing/raw-client';

const WATTS = { unit_of_measurement: 'W', device_class: 'power', state_class: 'measurement' };

describe('WebSocket', () => {
  let simulator: HomeAssistantSimulator;
  let nowMs: number;

  beforeEach(async () => {
    nowMs = Date.parse('2026-11-20T10:00:00Z');
    simulator = await HomeAssistantSimulator.start({
      clock: { now: () => new Date(nowMs) },
    });
    simulator.setEntities([
      { entityId: 'sensor.grid', state: '1', attributes: { ...WATTS, friendly_name: 'Grid' } },
      { entityId: 'light.hall', state: 'off', attributes: {}, registry: false },
    ]);
  });

  afterEach(() => simulator.close());

  const set = (state: string, attributes?: Record<string, unknown>): void => {
    nowMs += 1000;
    simulator.setState('sensor.grid', state, attributes);
  };

  describe('authentication', () => {
    it('asks first, and greets', async () => {
      const client = await RawClient.connect(simulator);
      expect(client.messages).toEqual([
        { type: 'auth_required', ha_version: '2026.11.0' },
        { type: 'auth_ok', ha_version: '2026.11.0' },
      ]);
    });

    it.each([
      ['{"type":"auth","access_token":"wrong"}', 'Invalid access token or password'],
      ['{"type":"hello"}', /incorrectly formatted/],
    ])('refuses %s and hangs up', async (text, words) => {
      const client = await RawClient.open(simulator);
      client.sendText(text);
      await client.until(() => client.closeCode !== null);
      expect(client.messages.at(-1)).toMatchObject({
        type: 'auth_invalid',
        message: expect.stringMatching(words),
      });
      expect(client.closeCode).toBe(1000);
    });

    it('hangs up on what is not JSON, on a revoked token, on the banned', async () => {
      const silent = await RawClient.open(simulator);
      silent.sendText('hello');
      await silent.until(() => silent.closeCode !== null);
      expect(silent.messages).toHaveLength(1);
      const client = await RawClient.connect(simulator);
      simulator.revokeToken();
      await client.until(() => client.closeCode !== null);
      simulator.access.ban();
      const banned = await RawClient.open(simulator);
      expect(banned.messages).toEqual([]);
    });
  });

  it('insists on ids that increase', async () => {
    const client = await RawClient.connect(simulator);
    client.sendText('{"id":5,"type":"ping"}');
    client.sendText('{"id":5,"type":"ping"}');
    client.sendText('{"id":0,"type":"ping"}');
    client.sendText('{"type":"ping"}');
    client.sendText('[{"id":6,"type":"ping"},{"id":9,"type":"nonsense"}]');
    await client.until(() => client.messages.length === 8);
    expect(client.messages.slice(2)).toEqual([
      { id: 5, type: 'pong' },
      expect.objectContaining({
        id: 5,
        error: { code: 'id_reuse', message: 'Identifier values have to increase.' },
      }),
      expect.objectContaining({
        id: 0,
        error: { code: 'invalid_format', message: 'Message incorrectly formatted.' },
      }),
      expect.objectContaining({ id: null, success: false }),
      { id: 6, type: 'pong' },
      expect.objectContaining({ id: 9, error: { code: 'unknown_command', message: 'Unknown command.' } }),
    ]);
  });

  it('sends one message a frame until the client takes lists', async () => {
    const client = await RawClient.connect(simulator);
    client.sendText('[{"id":1,"type":"ping"},{"id":2,"type":"ping"}]');
    await client.until(() => client.frames.length === 4);
    client.sendText('{"id":3,"type":"supported_features","features":{"coalesce_messages":1}}');
    await client.until(() => client.frames.length === 5);
    client.sendText('[{"id":4,"type":"ping"},{"id":5,"type":"ping"}]');
    client.sendText('{"id":6,"type":"ping"}');
    await client.until(() => client.messages.length === 8);
    expect(client.frames.slice(5).some((frame) => frame.startsWith('[{"id":4,"type":"pong"},{'))).toBe(true);
  });

  describe('subscribe_entities', () => {
    it('tells additions, differences and removals in the compressed form', async () => {
      const client = await RawClient.connect(simulator);
      const id = client.send({ type: 'subscribe_entities', entity_ids: ['sensor.grid', 'sensor.late'] });
      await client.until(() => client.eventsOf(id).length === 1);
      const startS = nowMs / 1000;
      set('2');
      set('2', { device_class: 'power', unit_of_measurement: 'kW', list: [1] });
      set('2', { device_class: 'power', unit_of_measurement: 'kW', list: [1] });
      set('3', { device_class: 'power', unit_of_measurement: 'W' });
      simulator.setState('light.hall', 'on');
      simulator.setState('sensor.late', 'new', {}, { userId: 'someone' });
      simulator.remove('sensor.late');
      await client.until(() => client.eventsOf(id).length === 6);
      const context = expect.stringMatching(/^[0-9A-Z]{26}$/);
      expect(client.eventsOf(id)).toEqual([
        { a: { 'sensor.grid': { s: '1', a: { ...WATTS, friendly_name: 'Grid' }, c: context, lc: startS } } },
        { c: { 'sensor.grid': { '+': { s: '2', lc: startS + 1, c: context } } } },
        {
          c: {
            'sensor.grid': {
              '+': { lu: startS + 2, c: context, a: { unit_of_measurement: 'kW', list: [1] } },
              '-': { a: ['state_class', 'friendly_name'] },
            },
          },
        },
        {
          c: {
            'sensor.grid': {
              '+': { s: '3', lc: startS + 4, c: context, a: { unit_of_measurement: 'W' } },
              '-': { a: ['list'] },
            },
          },
        },
        {
          a: {
            'sensor.late': {
              s: 'new',
              a: {},
              c: { id: context, parent_id: null, user_id: 'someone' },
              lc: startS + 4,
            },
          },
        },
        { r: ['sensor.late'] },
      ]);
    });

    it('gives everything where nothing is chosen, and takes filters', async () => {
      const client = await RawClient.connect(simulator);
      const all = client.send({ type: 'subscribe_entities' });
      const lights = client.send({ type: 'subscribe_entities', include: { domains: ['light'] } });
      const globs = client.send({ type: 'subscribe_entities', exclude: { entity_globs: ['sensor.g*'] } });
      await client.until(() => client.eventsOf(globs).length === 1);
      const namesOf = (id: number): string[] => Object.keys(client.eventsOf(id)[0]?.['a'] ?? {});
      expect([namesOf(all), namesOf(lights), namesOf(globs)]).toEqual([
        ['sensor.grid', 'light.hall'],
        ['light.hall'],
        ['light.hall'],
      ]);
      set('2');
      simulator.setState('light.hall', 'on');
      await client.until(() => client.eventsOf(all).length === 3);
      expect([client.eventsOf(lights), client.eventsOf(globs)].map((events) => events.length)).toEqual([
        2, 2,
      ]);
    });

    it('sends the chosen few of many thousands, each change once and in order', async () => {
      const ids = Array.from({ length: 5000 }, (_, index) => `sensor.power_${index}`);
      simulator.setEntities(
        ids.map((entityId) => ({ entityId, state: '0', attributes: WATTS, registry: false })),
      );
      const client = await RawClient.connect(simulator);
      await client.result({ type: 'supported_features', features: { coalesce_messages: 1 } });
      const chosen = ids.filter((_, index) => index % 100 === 0);
      const id = client.send({ type: 'subscribe_entities', entity_ids: chosen });
      await client.until(() => client.eventsOf(id).length === 1);
      const framesBefore = client.frames.length;
      for (let round = 1; round <= 3; round += 1) {
        for (const entityId of ids) simulator.setState(entityId, String(round));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await client.until(() => client.eventsOf(id).length === 1 + 3 * chosen.length);
      const changes = client.eventsOf(id).flatMap((event) => Object.entries(event['c'] ?? {}));
      const ofOne = changes.filter(([entityId]) => entityId === 'sensor.power_700');
      expect(ofOne).toMatchObject(
        ['1', '2', '3'].map((state) => ['sensor.power_700', { '+': { s: state } }]),
      );
      expect(client.frames.length - framesBefore).toBeLessThan(3 * chosen.length);
    });

    it('ends when asked', async () => {
      const client = await RawClient.connect(simulator);
      const subscription = client.send({ type: 'subscribe_entities', entity_ids: ['sensor.grid'] });
      await client.result({ type: 'unsubscribe_events', subscription });
      set('2');
      await client.result({ type: 'get_states' });
      expect(client.eventsOf(subscription)).toHaveLength(1);
      const again = await client.request({ type: 'unsubscribe_events', subscription });
      expect(again.error?.code).toBe('not_found');
    });
  });

  it('tells of renames, names and removals through the registry', async () => {
    const client = await RawClient.connect(simulator);
    const states = client.send({ type: 'subscribe_entities', entity_ids: ['sensor.grid', 'sensor.mains'] });
    const registry = client.send({ type: 'subscribe_events', event_type: 'entity_registry_updated' });
    const before = await client.result<{ id: string }[]>({ type: 'config/entity_registry/list' });
    await client.result({
      type: 'config/entity_registry/update',
      entity_id: 'sensor.grid',
      new_entity_id: 'sensor.mains',
    });
    await client.result({ type: 'config/entity_registry/update', entity_id: 'sensor.mains', name: 'Mains' });
    simulator.remove('sensor.mains');
    await client.until(() => client.eventsOf(registry).length === 3);
    expect(client.eventsOf(registry).map((event) => event['data'])).toEqual([
      {
        action: 'update',
        entity_id: 'sensor.mains',
        changes: { entity_id: 'sensor.grid' },
        old_entity_id: 'sensor.grid',
      },
      { action: 'update', entity_id: 'sensor.mains', changes: { name: null } },
      { action: 'remove', entity_id: 'sensor.mains' },
    ]);
    const kinds = client.eventsOf(states).map((event) => Object.keys(event)[0]);
    expect(kinds).toEqual(['a', 'r', 'a', 'c', 'r']);
    expect(client.eventsOf(states)[3]).toMatchObject({
      c: { 'sensor.mains': { '+': { a: { friendly_name: 'Mains' } } } },
    });
    expect(before[0]?.id).toMatch(/^[0-9a-f]{32}$/);
  });

  it('keeps the registry id through a rename, and its history', async () => {
    const idOf = (): string | undefined => simulator.home.registry.entities[0]?.id;
    const before = idOf();
    set('2');
    simulator.rename('sensor.grid', 'sensor.mains');
    expect(idOf()).toBe(before);
    expect(simulator.home.recorder.statesOf('sensor.mains').map(({ state }) => state)).toEqual([
      '1',
      '2',
      '2',
    ]);
    expect(simulator.home.recorder.statesOf('sensor.grid')).toEqual([]);
  });

  it('sends whole state_changed events, and none that a plain user may not hear', async () => {
    simulator.access.addToken('reader', { id: 'r', name: 'Reader', isAdmin: false });
    const client = await RawClient.connect(simulator, 'reader');
    const refused = await client.request({ type: 'subscribe_events', event_type: 'call_service' });
    expect(refused.error?.code).toBe('unauthorized');
    const id = client.send({ type: 'subscribe_events', event_type: 'state_changed' });
    await client.result({ type: 'auth/current_user' });
    set('2');
    await client.until(() => client.eventsOf(id).length === 1);
    expect(client.eventsOf(id)[0]).toMatchObject({
      event_type: 'state_changed',
      data: { entity_id: 'sensor.grid', old_state: { state: '1' }, new_state: { state: '2' } },
      time_fired: '2026-11-20T10:00:01+00:00',
    });
  });

  it.each([
    [
      'flat',
      { type: 'grid', stat_energy_from: 'sensor.import', stat_energy_to: null, stat_rate: 'sensor.grid' },
    ],
    [
      'legacy',
      {
        type: 'grid',
        flow_from: [{ stat_energy_from: 'sensor.import' }],
        power: [{ stat_rate: 'sensor.grid' }],
      },
    ],
  ] as const)('has energy preferences in the %s shape', async (gridShape, expected) => {
    const client = await RawClient.connect(simulator);
    const unset = await client.request({ type: 'energy/get_prefs' });
    expect(unset.error).toEqual({ code: 'not_found', message: 'No prefs' });
    const sources = { gridShape, importEnergy: 'sensor.import', gridPower: 'sensor.grid' };
    simulator.setEnergyPreferences(buildEnergyPreferences(sources));
    const prefs = await client.result<{ energy_sources: unknown[] }>({ type: 'energy/get_prefs' });
    expect(prefs.energy_sources).toMatchObject([expected]);
  });

  describe('faults', () => {
    it('hangs, errs, lies and breaks off as scripted', async () => {
      const client = await RawClient.connect(simulator);
      simulator.faults.next({ kind: 'hang' }, { command: /^ping$/ });
      simulator.faults.next({ kind: 'status', status: 500, body: 'out of order' }, { command: /get_config/ });
      simulator.faults.next(
        { kind: 'rewrite', rewrite: (text) => text.replace('"s":"2"', '"s":{"two":2}') },
        { command: /subscribe/ },
      );
      client.send({ type: 'ping' });
      const failed = await client.request({ type: 'get_config' });
      expect(failed.error).toEqual({ code: 'home_assistant_error', message: 'out of order' });
      const id = client.send({ type: 'subscribe_entities', entity_ids: ['sensor.grid'] });
      await client.until(() => client.eventsOf(id).length === 1);
      set('2');
      await client.until(() => client.eventsOf(id).length === 2);
      expect(client.eventsOf(id)[1]).toMatchObject({ c: { 'sensor.grid': { '+': { s: { two: 2 } } } } });
      expect(client.messages.some(({ type }) => type === 'pong')).toBe(false);
      simulator.sendRawFrame('{"half":');
      await client.until(() => client.frames.at(-1) === '{"half":');
      simulator.faults.next({ kind: 'drop' }, { command: /ping/ });
      client.send({ type: 'ping' });
      await client.until(() => client.closeCode === 1006);
    });

    it('takes its time, and hangs up on what is not JSON', async () => {
      const client = await RawClient.connect(simulator);
      simulator.faults.next({ kind: 'slow', bytesPerSecond: 1000 }, { command: /get_config/ });
      client.send({ type: 'get_config' });
      client.send({ type: 'ping' });
      await client.until(() => client.messages.length === 4);
      expect(client.messages.slice(2).map(({ type }) => type)).toEqual(['pong', 'result']);
      client.sendText('not JSON');
      await client.until(() => client.closeCode === 1000);
    });

    it('refuses the upgrade as scripted', async () => {
      simulator.faults.next({ kind: 'status', status: 502 }, { path: /websocket/ });
      const refused = await RawClient.open(simulator);
      expect(refused.messages).toEqual([]);
      expect((await RawClient.connect(simulator)).messages).toHaveLength(2);
    });

    it('falls silent: half-open connections get neither pings nor events nor an end', async () => {
      const pinging = await HomeAssistantSimulator.start({ heartbeatMs: 60 });
      const client = await RawClient.connect(pinging);
      const id = client.send({ type: 'subscribe_entities' });
      await client.until(() => client.eventsOf(id).length === 1);
      let pings = 0;
      client.socket.on('ping', () => (pings += 1));
      await client.until(() => pings > 0);
      pinging.freezeConnections();
      await new Promise((resolve) => setTimeout(resolve, 20));
      const silent = pings;
      pinging.setState('sensor.grid', '2');
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect([pings, client.eventsOf(id).length, client.closeCode]).toEqual([silent, 1, null]);
      await pinging.close();
      await client.until(() => client.closeCode === 1006);
    });

    it('drops a client that does not read when 4096 messages wait', async () => {
      const client = await RawClient.connect(simulator);
      client.send({ type: 'subscribe_entities' });
      await client.until(() => client.messages.length > 2);
      client.socket.pause();
      const [connection] = simulator.webSocketApi.connections;
      for (let round = 0; round < 200 && simulator.webSocketApi.connections.length > 0; round += 1) {
        for (let entity = 0; entity < 200; entity += 1)
          simulator.setState(`sensor.s${entity}`, String(round), { filler: String(round).repeat(1000) });
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(simulator.webSocketApi.connections).toHaveLength(0);
      expect(connection?.pendingMessages).toBe(0);
      client.socket.terminate();
    }, 15_000);
  });
});
