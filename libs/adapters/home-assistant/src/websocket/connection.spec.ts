import { inspect } from 'node:util';
import { isMeterError, MeterError, systemClock } from '@smart-meter/meter-adapter';
import { FakeClock, until } from '@smart-meter/meter-adapter-testkit';
import { LET_IN, Script, ScriptedPeer, ScriptedWebSocket } from '../testing/scripted-websocket';
import { refusalCode } from './command-refusal';
import { ConnectionOptions, HomeAssistantConnection } from './connection';
import { HomeAssistantConnector } from './connector';

const { signal } = new AbortController();
let server: ScriptedWebSocket | undefined;
let connection: HomeAssistantConnection | undefined;

afterEach(async () => {
  connection?.close();
  await server?.stop();
  server = connection = undefined;
});

async function connectorTo(
  script?: Script,
  options: Partial<ConnectionOptions> = {},
): Promise<HomeAssistantConnector> {
  server = await ScriptedWebSocket.start(script);
  return new HomeAssistantConnector({
    webSocketUrl: server.url,
    token: 'secret',
    clock: systemClock,
    ...options,
  });
}

async function connect(script?: Script, options?: Partial<ConnectionOptions>): Promise<ScriptedPeer> {
  connection = await (await connectorTo(script, options)).connect(signal);
  const [peer] = server?.peers ?? [];
  if (!peer) throw new Error('nobody connected');
  return peer;
}

/** The error that the work ends with. */
async function errorOf(work: Promise<unknown>): Promise<MeterError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isMeterError(error)) throw new Error(`expected a MeterError, got ${String(error)}`);
  expect(inspect(error, { depth: null })).not.toContain('secret');
  return error;
}

/** Lets every client in and answers as the script says. */
const afterLogin =
  (script: Script): Script =>
  (message, peer) => {
    LET_IN(message, peer);
    if (message['type'] !== 'supported_features') script(message, peer);
  };

describe('authentication', () => {
  it('sends the token when asked, and knows the version', async () => {
    const peer = await connect();
    expect(peer.received[0]).toEqual({ type: 'auth', access_token: 'secret' });
    expect(connection?.version).toBe('2026.11.0');
  });

  it('stops for good once the token was refused', async () => {
    const connector = await connectorTo((_message, peer) =>
      peer.send({ type: 'auth_invalid', message: 'Invalid access token or password' }),
    );
    const error = await errorOf(connector.connect(signal));
    expect(error).toMatchObject({ code: 'authentication', retryable: false });
    await expect(connector.connect(signal)).rejects.toBe(error);
    expect(server?.peers).toHaveLength(1);
  });

  it.each([
    [401, 'authentication', false],
    [403, 'authentication', true],
    [404, 'configuration', true],
    [200, 'configuration', true],
    [502, 'unavailable', true],
    [503, 'unavailable', true],
  ] as const)('HTTP %p instead of a WebSocket is %p', async (httpStatus, code, retryable) => {
    server = await ScriptedWebSocket.start(LET_IN, { httpStatus });
    const connector = new HomeAssistantConnector({
      webSocketUrl: server.url,
      token: 'secret',
      clock: systemClock,
    });
    expect(await errorOf(connector.connect(signal))).toMatchObject({ code, retryable });
  });

  it('finds nobody', async () => {
    const connector = await connectorTo();
    await server?.stop();
    server = undefined;
    expect(await errorOf(connector.connect(signal))).toMatchObject({ code: 'unavailable' });
  });

  it('gives up on one that says nothing, in time', async () => {
    const clock = new FakeClock();
    server = await ScriptedWebSocket.start(() => undefined, { greeting: undefined });
    const connector = new HomeAssistantConnector({ webSocketUrl: server.url, token: 'secret', clock });
    const connecting = errorOf(connector.connect(signal));
    await clock.advance(30_000);
    expect(await connecting).toMatchObject({ code: 'unavailable' });
    expect(clock.sleeping).toBe(0);
  });

  it.each([{ type: 'hello' }, 'text', 17, null])(
    'takes %j for something else than Home Assistant',
    async (greeting) => {
      server = await ScriptedWebSocket.start(LET_IN, { greeting });
      const connector = new HomeAssistantConnector({
        webSocketUrl: server.url,
        token: 'secret',
        clock: systemClock,
      });
      expect(await errorOf(connector.connect(signal))).toMatchObject({ code: 'malformed_response' });
    },
  );

  it('ends with the reason of its caller, before and while connecting', async () => {
    const connector = await connectorTo(() => undefined);
    const controller = new AbortController();
    const connecting = connector.connect(controller.signal);
    controller.abort(new Error('enough'));
    await expect(connecting).rejects.toThrow('enough');
    await expect(connector.connect(controller.signal)).rejects.toThrow('enough');
  });
});

describe('commands', () => {
  it('carry ids that only rise, in the order of their writing', async () => {
    const peer = await connect(afterLogin(({ id }, to) => to.result(id, Number(id) * 10)));
    const results = await Promise.all([1, 2, 3].map(async (n) => connection?.command('get', { n })));
    const ids = peer.received.slice(1).map(({ id }) => id);
    expect(ids).toEqual([1, 2, 3, 4]);
    expect(peer.received[1]).toMatchObject({
      type: 'supported_features',
      features: { coalesce_messages: 1 },
    });
    expect(results).toEqual([20, 30, 40]);
  });

  it.each([
    ['unknown_command', 'unsupported'],
    ['not_found', 'unsupported'],
    ['unauthorized', 'unsupported'],
    ['home_assistant_error', 'unavailable'],
    ['timeout', 'unavailable'],
  ])('refused with %p are %p, and Home Assistant’s code is kept', async (refusal, code) => {
    await connect(
      afterLogin(({ id, type }, peer) => type === 'energy/get_prefs' && peer.refuse(id, refusal)),
    );
    const error = await errorOf(connection?.command('energy/get_prefs') ?? Promise.resolve());
    expect(error.code).toBe(code);
    expect(error.message).toContain('energy/get_prefs');
    expect(refusalCode(error)).toBe(refusal);
  });

  it('end in time, and a late answer is nobody’s', async () => {
    const clock = new FakeClock();
    const peer = await connect(undefined, { clock, pingIntervalMs: 1e9 });
    const waiting = errorOf(connection?.command('slow', {}, { timeoutMs: 5_000 }) ?? Promise.resolve());
    await clock.advance(5_000);
    expect(await waiting).toMatchObject({ code: 'unavailable' });
    peer.result(2, 'late');
    const next = connection?.command('next');
    peer.result(3, 'in time');
    await expect(next).resolves.toBe('in time');
  });

  it('end with the reason of their caller', async () => {
    await connect();
    const controller = new AbortController();
    const waiting = connection?.command('slow', {}, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(connection?.command('slow', {}, { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('all end with the connection', async () => {
    const peer = await connect();
    const waiting = ['a', 'b'].map((type) => errorOf(connection?.command(type) ?? Promise.resolve()));
    peer.socket.close();
    for (const error of await Promise.all(waiting)) expect(error.code).toBe('unavailable');
    expect(await errorOf(connection?.command('c') ?? Promise.resolve())).toMatchObject({
      code: 'unavailable',
    });
    expect((await connection?.ended)?.code).toBe('unavailable');
  });
});

describe('events', () => {
  it('come one per frame, several per frame, and before the result', async () => {
    const peer = await connect();
    const events: unknown[] = [];
    const subscribing = connection?.subscribe('subscribe_events', {}, (event) => events.push(event));
    const event = (n: number) => ({ id: 2, type: 'event', event: n });
    peer.send([event(1), { id: 2, type: 'result', success: true, result: null }, event(2)]);
    await subscribing;
    peer.send(
      event(3),
      [event(4)],
      [],
      { id: 99, type: 'event', event: 5 },
      { type: 'news', id: 2 },
      { type: 'odd' },
    );
    const synced = connection?.command('sync');
    peer.result(3);
    await synced;
    expect(events).toEqual([1, 2, 3, 4]);
  });

  it('end with the subscription', async () => {
    const events: unknown[] = [];
    const peer = await connect(afterLogin(({ id }, to) => to.result(id)));
    const subscription = await connection?.subscribe('subscribe_events', {}, (event) => events.push(event));
    subscription?.unsubscribe();
    subscription?.unsubscribe();
    peer.send({ id: 2, type: 'event', event: 'late' });
    await connection?.command('sync');
    expect(events).toEqual([]);
    expect(peer.received.filter(({ type }) => type === 'unsubscribe_events')).toEqual([
      { id: 3, type: 'unsubscribe_events', subscription: 2 },
    ]);
  });

  it('are not expected of a subscription that was refused', async () => {
    await connect(afterLogin(({ id }, peer) => peer.refuse(id, 'unauthorized')));
    const refused = errorOf(
      connection?.subscribe('subscribe_trigger', {}, () => undefined) ?? Promise.resolve(),
    );
    expect(refusalCode(await refused)).toBe('unauthorized');
  });
});

describe('a bad link', () => {
  it.each(['{"id":1,', '{"token":secret}', '', '[1]', '"text"', '[[]]'])(
    'sends %j, which ends the connection',
    async (text) => {
      const peer = await connect();
      const waiting = errorOf(connection?.command('get') ?? Promise.resolve());
      peer.sendText(text);
      expect(await waiting).toMatchObject({ code: 'malformed_response' });
    },
  );

  it('whose other end has vanished is noticed', async () => {
    const clock = new FakeClock();
    let isAlive = true;
    const script: Script = (message, to) => {
      if (isAlive) LET_IN(message, to);
      if (isAlive && message['type'] === 'sync') to.result(message['id']);
    };
    const peer = await connect(script, { clock, pingIntervalMs: 20_000 });
    const pings = () => peer.received.filter(({ type }) => type === 'ping').length;
    for (const answered of [1, 2]) {
      await clock.advance(20_000);
      await until(() => pings() === answered);
      await connection?.command('sync');
      expect(connection?.endedSignal.aborted).toBe(false);
    }
    isAlive = false;
    await clock.advance(20_000);
    await until(() => pings() === 3);
    await clock.advance(10_000);
    expect((await connection?.ended)?.message).toContain('the link is dead');
  });

  it('that is merely slow is borne with', async () => {
    const clock = new FakeClock();
    const onlyLogin: Script = (message, to) => message['type'] === 'auth' && LET_IN(message, to);
    const peer = await connect(onlyLogin, { clock, pingIntervalMs: 30_000 });
    const text = JSON.stringify({ id: 2, type: 'result', success: true, result: 'x'.repeat(2_000) });
    const header = Buffer.from([0x81, 126, text.length >> 8, text.length & 255]);
    const answer = connection?.command('large', {}, { timeoutMs: 600_000 });
    peer.link.write(header);
    await clock.advance(10_000);
    for (let sent = 0; sent < text.length; sent += 500) {
      await clock.advance(20_000);
      await until(() => peer.received.filter(({ type }) => type === 'ping').length > sent / 500);
      peer.link.write(text.slice(sent, sent + 500));
      await new Promise((resolve) => setTimeout(resolve, 20));
      await clock.advance(10_000);
      expect(connection?.endedSignal.aborted).toBe(false);
    }
    await expect(answer).resolves.toHaveLength(2_000);
  });

  it('answers the server’s own pings', async () => {
    const peer = await connect();
    await new Promise((resolve) => {
      peer.socket.once('pong', resolve);
      peer.socket.ping();
    });
    expect(connection?.endedSignal.aborted).toBe(false);
  });

  it('takes messages of many MiB, and refuses endless ones', async () => {
    const large = 'x'.repeat(12 * 1024 * 1024);
    const peer = await connect(afterLogin(({ id, type }, to) => type === 'large' && to.result(id, large)));
    await expect(connection?.command('large')).resolves.toHaveLength(large.length);
    const waiting = errorOf(connection?.command('endless') ?? Promise.resolve());
    peer.socket.send(Buffer.alloc(101 * 1024 * 1024, 'x'));
    expect(await waiting).toMatchObject({ code: 'malformed_response' });
  });
});
