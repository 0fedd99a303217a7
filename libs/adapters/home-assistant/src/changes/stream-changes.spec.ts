import { isMeterError, MeterError, MeterReading, systemClock } from '@smart-meter/meter-adapter';
import { until } from '@smart-meter/meter-adapter-testkit';
import { LET_IN, Script, ScriptedPeer, ScriptedWebSocket } from '../testing/scripted-websocket';
import { circuitsOfEntities } from '../testing/circuits-of-entities';
import { HomeAssistantConnector } from '../websocket/connector';
import { FollowedSources, streamChanges } from './stream-changes';

const watt = (s: string, lc: number, lu?: number) => ({
  s,
  a: { unit_of_measurement: 'W' },
  c: '01J',
  lc,
  ...(lu === undefined ? {} : { lu }),
});

let server: ScriptedWebSocket;
let stop: AbortController;
let subscriptions: { id: unknown; entityIds: unknown; peer: ScriptedPeer }[];
let registryId: unknown;
/** What each subscription begins with; undefined = with nothing. */
let snapshot: Record<string, unknown> | undefined;

const script: Script = (message, peer) => {
  LET_IN(message, peer);
  const { id, type } = message;
  if (typeof id !== 'number') return;
  if (type === 'subscribe_events') registryId = id;
  if (type !== 'ping') peer.result(id);
  if (type !== 'subscribe_entities') return;
  if (snapshot) peer.send({ id, type: 'event', event: { a: snapshot } });
  subscriptions.push({ id, entityIds: message['entity_ids'], peer });
};

beforeEach(async () => {
  subscriptions = [];
  snapshot = { 'sensor.a': watt('1', 10), 'sensor.b': watt('2', 12, 15) };
  server = await ScriptedWebSocket.start(script);
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await server.stop();
});

function follow(planSources: () => FollowedSources = () => circuitsOfEntities(['sensor.a', 'sensor.b'])) {
  const readings: MeterReading[] = [];
  let connections = 0;
  const connector = new HomeAssistantConnector({ webSocketUrl: server.url, token: 't', clock: systemClock });
  const ended: Promise<MeterError | undefined> = streamChanges(
    { connector, clock: systemClock, planSources: async () => planSources() },
    { onConnected: () => void (connections += 1), onReading: (reading) => void readings.push(reading) },
    stop.signal,
  ).then(
    () => undefined,
    (error: unknown) => (isMeterError(error) ? error : Promise.reject(error as Error)),
  );
  return { readings, ended, connections: () => connections };
}

function event(payload: unknown, index = 0): void {
  const subscription = subscriptions[index];
  subscription?.peer.send({ id: subscription.id, type: 'event', event: payload });
}

const summary = ({ observedAt, circuits }: MeterReading) => [
  observedAt.getTime() / 1000,
  Object.fromEntries(circuits.map(({ id, powerW }) => [id, powerW])),
];

it('begins with everything, as of the latest change', async () => {
  const { readings, connections } = follow();
  await until(() => readings.length === 1);
  expect(readings.map(summary)).toEqual([[15, { 'sensor.a': 1, 'sensor.b': 2 }]]);
  expect(connections()).toBe(1);
  expect(subscriptions[0]?.entityIds).toEqual(['sensor.a', 'sensor.b']);
});

it('tells every change of one frame, in the order of their times', async () => {
  const { readings } = follow();
  await until(() => subscriptions.length === 1);
  event({ c: { 'sensor.b': { '+': { s: '5', lc: 21.5 } }, 'sensor.a': { '+': { s: '4', lc: 21.25 } } } });
  event({ c: { 'sensor.a': { '+': { a: { unit_of_measurement: 'kW' }, lu: 22 } } } });
  event({ c: { 'sensor.a': { '+': {} } } });
  event({ c: { 'sensor.a': { '+': { s: 'unavailable', lc: 23 }, '-': { a: ['unit_of_measurement'] } } } });
  event({ r: ['sensor.b', 'sensor.unknown'] });
  event({
    a: { 'sensor.b': watt('9', 30) },
    c: { 'sensor.a': { '+': { s: '3', lc: 29, a: { unit_of_measurement: 'W' } } } },
  });
  await until(() => readings.length === 8);
  const seen = readings.slice(1).map(summary);
  expect(seen.filter((_, index) => index !== 4)).toEqual([
    [21.25, { 'sensor.a': 4 }],
    [21.5, { 'sensor.b': 5 }],
    [22, { 'sensor.a': 4000 }],
    [23, { 'sensor.a': null }],
    [29, { 'sensor.a': 3 }],
    [30, { 'sensor.b': 9 }],
  ]);
  expect(seen[4]?.[1]).toEqual({ 'sensor.b': null });
});

it('loses nothing while it turns to other entities', async () => {
  let entityIds = ['sensor.a', 'sensor.b'];
  const { readings, connections } = follow(() => circuitsOfEntities(entityIds));
  await until(() => readings.length === 1);
  entityIds = ['sensor.b', 'sensor.c'];
  snapshot = { 'sensor.b': watt('8', 40), 'sensor.c': watt('3', 41) };
  const [peer] = server.peers;
  const renamed = {
    action: 'update',
    entity_id: 'sensor.c',
    old_entity_id: 'sensor.a',
    changes: { entity_id: 'sensor.a' },
  };
  peer?.send({ id: registryId, type: 'event', event: { data: renamed } });
  event({ c: { 'sensor.b': { '+': { s: '7', lc: 39 } } } });
  await until(() => subscriptions.length === 2);
  event({ c: { 'sensor.b': { '+': { s: 'late', lc: 50 } } } }, 0);
  event({ c: { 'sensor.c': { '+': { s: '4', lc: 51 } } } }, 1);
  await until(() => readings.length === 4);
  expect(readings.slice(1).map(summary)).toEqual([
    [39, { 'sensor.b': 7 }],
    [41, { 'sensor.b': 8, 'sensor.c': 3 }],
    [51, { 'sensor.c': 4 }],
  ]);
  expect(connections()).toBe(2);
  await until(() => peer?.received.some(({ type }) => type === 'unsubscribe_events') ?? false);
  expect(peer?.received.at(-1)).toMatchObject({ subscription: subscriptions[0]?.id });
});

it('plans anew without a new subscription where the same entities are followed', async () => {
  let plans = 0;
  const { readings } = follow(() => {
    plans += 1;
    return circuitsOfEntities(['sensor.a', 'sensor.b']);
  });
  await until(() => readings.length === 1);
  const send = (data: unknown) => server.peers[0]?.send({ id: registryId, type: 'event', event: { data } });
  send({ action: 'update', entity_id: 'sensor.a', changes: { original_icon: 'x' } });
  send({ action: 'create', entity_id: 'sensor.z' });
  await until(() => plans === 2);
  event({ c: { 'sensor.a': { '+': { s: '4', lc: 51 } } } });
  await until(() => readings.length === 2);
  expect(subscriptions).toHaveLength(1);
  expect(plans).toBe(2);
});

it('follows nothing where there is nothing, instead of everything', async () => {
  const { connections } = follow(() => circuitsOfEntities([]));
  await until(() => connections() === 1);
  expect(server.peers[0]?.received.map(({ type }) => type)).not.toContain('subscribe_entities');
});

it.each([
  { c: { 'sensor.never': { '+': { s: '4', lc: 51 } } } },
  { a: { 'sensor.a': { s: 4, lc: 51 } } },
  { c: { 'sensor.a': { '+': { lc: 'now' } } } },
  { r: 'sensor.a' },
  'text',
])('ends where Home Assistant says %j, to begin with a new snapshot', async (lie) => {
  const { ended, readings } = follow();
  await until(() => readings.length === 1);
  event(lie);
  expect(await ended).toMatchObject({ code: 'malformed_response', retryable: true });
});

it('ends where Home Assistant agrees, and sends no states to begin with', async () => {
  snapshot = undefined;
  expect(await follow().ended).toMatchObject({ code: 'malformed_response' });
});

it('ends with the connection, and quietly when it is told to', async () => {
  const first = follow();
  await until(() => first.readings.length === 1);
  server.peers[0]?.socket.close();
  expect(await first.ended).toMatchObject({ code: 'unavailable' });
  const second = follow();
  await until(() => second.readings.length === 1);
  stop.abort();
  expect(await second.ended).toBeUndefined();
});

it('ends with what planning ends with', async () => {
  const error = new MeterError('unavailable', 'Home Assistant is starting');
  const { ended } = follow(() => {
    throw error;
  });
  expect(await ended).toBe(error);
});
