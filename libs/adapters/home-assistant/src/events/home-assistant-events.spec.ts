import { isMeterError, MeterError } from '@smart-meter/meter-adapter';
import { until } from '@smart-meter/meter-adapter-testkit';
import { HomeAssistantSimulator } from '@smart-meter/simulators';
import { LET_IN, ScriptedWebSocket } from '../testing/scripted-websocket';
import { HomeAssistantEvent } from './home-assistant-event';
import { HomeAssistantEvents } from './home-assistant-events';

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

function follow(events: HomeAssistantEvents) {
  const seen: HomeAssistantEvent[] = [];
  let connections = 0;
  let disconnections = 0;
  const ended = events.subscribe(
    {
      onConnected: () => void (connections += 1),
      onEvent: (event) => void seen.push(event),
      onDisconnected: () => void (disconnections += 1),
    },
    stop.signal,
  );
  return { seen, ended, connections: () => connections, disconnections: () => disconnections };
}

describe('HomeAssistantEvents', () => {
  let home: HomeAssistantSimulator;
  let events: HomeAssistantEvents;
  beforeEach(async () => {
    home = await HomeAssistantSimulator.start();
    home.setState('light.hall', 'off');
    home.setState('sensor.power_oven', '3');
    events = new HomeAssistantEvents({ url: home.url, token: home.token, random: () => 0 });
  });
  afterEach(async () => {
    stop.abort();
    await home.close();
  });

  it('tells what is switched, also of what comes later, and no sensors', async () => {
    const { seen, connections } = follow(events);
    await until(() => connections() === 1);
    home.setState('sensor.power_oven', '2000');
    home.setState('light.hall', 'on', { brightness: 20 });
    home.setState('switch.new', 'on');
    home.setState('light.hall', 'on', { brightness: 40 });
    await until(() => seen.length === 3);
    expect(seen).toMatchObject([
      { entityId: 'light.hall', state: 'on', previousState: 'off', attributes: { brightness: 20 } },
      { entityId: 'switch.new', domain: 'switch', state: 'on', previousState: null },
      { entityId: 'light.hall', attributes: { brightness: 40 }, isAttributeOnly: true },
    ]);
  });

  it('reconnects, and has what it missed from history, each event once', async () => {
    const from = new Date(Date.now() - 1);
    const { seen, connections, disconnections } = follow(events);
    await until(() => connections() === 1);
    home.setState('light.hall', 'on');
    await until(() => seen.length === 1);
    home.dropConnections();
    home.setState('light.hall', 'off');
    await until(() => connections() === 2);
    expect(disconnections()).toBe(1);
    home.setState('light.hall', 'on', { brightness: 7 });
    await until(() => seen.length === 2);
    const past: HomeAssistantEvent[] = [];
    const range = { from, to: new Date() };
    for await (const event of events.between(range, stop.signal)) past.push(event);
    expect(past.map(({ state }) => state).slice(-3)).toEqual(['on', 'off', 'on']);
    const pastIds = new Set(past.map(({ eventId }) => eventId));
    expect(pastIds.size).toBe(past.length);
    expect(seen.every(({ eventId }) => pastIds.has(eventId))).toBe(true);
  });

  it('tells the entities of its domains by what survives renames, and renames as they happen', async () => {
    home.home.registry.addDevice({
      id: 'd1',
      name: 'Desk',
      manufacturer: 'Signify',
      model: 'Hue',
      model_id: 'LCA001',
    });
    home.setEntities([
      { entityId: 'light.desk', state: 'on', registry: { device_id: 'd1' } },
      { entityId: 'sensor.power_desk', state: '9' },
    ]);
    const told: unknown[] = [];
    const idOf = (entityId: string) => home.home.registry.get(entityId)?.id;
    const [light, sensor] = ['light.desk', 'sensor.power_desk'].map(idOf);
    void events.subscribe(
      {
        onEntities: (entities) =>
          told.push(entities.map(({ registryId, entityId }) => [registryId, entityId])),
        onConnected: () => told.push('connected'),
        onRenamed: (from, to) => told.push([from, to]),
        onEvent: () => undefined,
      },
      stop.signal,
    );
    await until(() => told.length === 2);
    home.rename('sensor.power_desk', 'sensor.power_lamp');
    home.rename('light.desk', 'light.reading');
    home.home.updateEntry('light.reading', { name: 'Reading lamp' });
    await until(() => told.length === 3);
    expect(told).toEqual([[[light, 'light.desk']], 'connected', ['light.desk', 'light.reading']]);
    expect(await events.entities(stop.signal)).toMatchObject([
      { registryId: light, entityId: 'light.reading' },
    ]);
    expect(sensor).toBe(idOf('sensor.power_lamp'));
  });

  it('reads back the past of an entity that was gone for a while', async () => {
    const from = new Date(Date.now() - 1);
    home.setState('light.hall', 'on');
    home.home.states.remove('light.hall');
    home.setState('light.hall', 'off');
    const past: HomeAssistantEvent[] = [];
    for await (const event of events.between({ from, to: new Date() }, stop.signal)) past.push(event);
    expect(past.slice(-2)).toMatchObject([{ state: 'on' }, { state: 'off', previousState: 'unavailable' }]);
  });

  it('ends with a refused token', async () => {
    home.revokeToken();
    const error: unknown = await follow(events).ended.catch((reason: unknown) => reason);
    expect(isMeterError(error) && error.code).toBe('authentication');
  });

  it('ends quietly when it is told to', async () => {
    const { ended, connections } = follow(events);
    await until(() => connections() === 1);
    stop.abort();
    await expect(ended).resolves.toBeUndefined();
  });
});

it('sorts the domains out itself where Home Assistant cannot', async () => {
  const state = (s: string, lc: number) => ({ s, a: {}, lc });
  const server = await ScriptedWebSocket.start((message, peer) => {
    LET_IN(message, peer);
    const { id, type } = message;
    if (type !== 'subscribe_entities') return;
    if ('include' in message)
      return peer.refuse(id, 'invalid_format', "extra keys not allowed @ data['include']");
    const event = (body: unknown) => ({ id, type: 'event', event: body });
    peer.result(id);
    peer.send(
      event({ a: { 'light.a': state('off', 1), 'sensor.b': state('1', 1) } }),
      event({ c: { 'sensor.b': { '+': { s: '2', lc: 2 } } } }),
      event({
        a: { 'lightning.x': state('1', 3) },
        c: { 'light.a': { '+': { s: 'on', lc: 4 } } },
        r: ['sensor.b'],
      }),
      event({ a: { 'fan.c': state('on', 5) } }),
    );
  });
  const url = server.url.replace('ws', 'http').replace('/api/websocket', '');
  const { seen, ended } = follow(new HomeAssistantEvents({ url, token: 't' }));
  await until(() => seen.length === 2);
  expect(seen.map(({ eventId }) => eventId)).toEqual(['light.a@4000', 'fan.c@5000']);
  stop.abort();
  await ended;
  await server.stop();
});

it('wants an address and a token', () => {
  expect(() => new HomeAssistantEvents({})).toThrow(MeterError);
});
