import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { ScriptedRecorder } from '../testing/scripted-recorder';
import { Script, ScriptedWebSocket } from '../testing/scripted-websocket';
import { HomeAssistantConnection } from '../websocket/connection';
import { HomeAssistantConnector } from '../websocket/connector';
import { recorderHasStored } from './recorder-barrier';

const { signal } = new AbortController();
const clock = new FakeClock();
let server: ScriptedWebSocket;
let connection: HomeAssistantConnection;

async function connect(script: Script): Promise<void> {
  server = await ScriptedWebSocket.start(script);
  const connector = new HomeAssistantConnector({
    webSocketUrl: server.url,
    token: 't',
    clock,
    pingIntervalMs: 1e9,
  });
  connection = await connector.connect(signal);
}

afterEach(async () => {
  connection.close();
  await server.stop();
});

/** Whether the barrier is passed before the time is. */
async function passesIn(ms: number): Promise<boolean> {
  let hasPassed = false;
  const passing = recorderHasStored(connection, clock, signal).then(() => (hasPassed = true));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const beforeMs = hasPassed;
  await clock.advance(ms);
  await passing;
  return beforeMs;
}

it('passes once the recorder has said it twice', async () => {
  const recorder = new ScriptedRecorder();
  await connect(recorder.script);
  expect(await passesIn(0)).toBe(true);
});

it('waits for the second time', async () => {
  await connect((message, peer) => {
    new ScriptedRecorder().script(
      { ...message, ...(message['type'] === 'history/stream' ? { type: 'x' } : {}) },
      peer,
    );
    if (message['type'] === 'history/stream')
      peer.send({ id: message['id'], type: 'event', event: { states: {} } });
  });
  expect(await passesIn(10_000)).toBe(false);
});

it('waits for longer than a recorder does where it cannot be asked', async () => {
  const recorder = new ScriptedRecorder();
  recorder.hasStream = false;
  await connect(recorder.script);
  expect(await passesIn(10_000)).toBe(false);
});

it('gives up on a recorder that does not answer', async () => {
  await connect((message, peer) => {
    if (message['type'] === 'history/stream') peer.result(message['id']);
    else new ScriptedRecorder().script(message, peer);
  });
  const waiting = recorderHasStored(connection, clock, signal);
  const outcome = expect(waiting).rejects.toMatchObject({ code: 'unavailable' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await clock.advance(10_000);
  await outcome;
});
