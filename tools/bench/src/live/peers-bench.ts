import { setImmediate, setTimeout } from 'node:timers/promises';
import { createHousehold } from '@smart-meter/household';
import { createHomeAssistantMeter } from '@smart-meter/adapter-home-assistant';
import { HomeAssistantSimulator } from '@smart-meter/simulators';
import { request } from 'undici';
import { BenchRow } from '../bench-row';

const START = new Date('2026-03-10T00:00:00Z');
const STEP_S = 10;
const HOURS = 24;

/** A way to read the home: told when time has gone on; returns the changes that it knows of, as `entity time`. */
interface Reader {
  name: string;
  start(home: HomeAssistantSimulator): Promise<void>;
  onStep(home: HomeAssistantSimulator, elapsedS: number): Promise<void>;
  seen: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** One simulated day read in three ways: by our stream, and by polling each sensor every 300 s and every 10 s. */
export async function benchPeers(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const reader of [ourStream(), pollEach(300), pollEach(10)]) rows.push(...(await readDay(reader)));
  return rows;
}

async function readDay(reader: Reader): Promise<BenchRow[]> {
  let now = START;
  const home = await HomeAssistantSimulator.start({
    household: createHousehold({ seed: 7, timeZone: 'UTC' }),
    clock: { now: () => now },
    followClock: false,
    powerEveryS: 5,
  });
  try {
    await reader.start(home);
    const before = { requests: home.counters.requestTotal, bytes: home.counters.bytesSent };
    let cpuMs = 0;
    for (let elapsedS = STEP_S; elapsedS <= HOURS * 3600; elapsedS += STEP_S) {
      now = new Date(START.getTime() + elapsedS * 1000);
      await home.advanceTo(now);
      const cpu = process.cpuUsage();
      await reader.onStep(home, elapsedS);
      await setImmediate();
      const { user, system } = process.cpuUsage(cpu);
      cpuMs += (user + system) / 1000;
    }
    // What is still on its way.
    await setTimeout(1_000);
    const changes = powerSensors(home).flatMap((id) =>
      home.home.recorder
        .statesOf(id)
        .filter(({ lastUpdatedMs }) => lastUpdatedMs > START.getTime())
        .map(({ lastUpdatedMs }) => `${id} ${Math.floor(lastUpdatedMs)}`),
    );
    const missed = changes.filter((change) => !reader.seen.has(change)).length;
    return [
      {
        name: `${reader.name}: requests a day`,
        value: home.counters.requestTotal - before.requests,
        unit: '',
      },
      { name: `${reader.name}: received`, value: (home.counters.bytesSent - before.bytes) / 1e6, unit: 'MB' },
      { name: `${reader.name}: readings missed of ${changes.length}`, value: missed, unit: '' },
      { name: `${reader.name}: CPU, simulated server included`, value: cpuMs / 1000, unit: 's' },
    ];
  } finally {
    await reader.stop();
    await home.close();
  }
}

function powerSensors(home: HomeAssistantSimulator): string[] {
  return [...home.home.states.all()]
    .map(({ entityId }) => entityId)
    .filter((id) => id === 'sensor.total_power' || id.startsWith('sensor.power_'));
}

function ourStream(): Reader {
  const seen = new Set<string>();
  const stop = new AbortController();
  let ended: Promise<void> = Promise.resolve();
  let close = async () => undefined as void;
  return {
    name: 'smart-meter, live stream',
    seen,
    async start(home) {
      const meter = createHomeAssistantMeter({ url: home.url, token: home.token, meterId: 'bench' });
      close = () => meter.close();
      await new Promise<void>((resolve, reject) => {
        ended = meter.stream(
          {
            onConnected: resolve,
            onReading: ({ observedAt, totalPowerW, circuits }) => {
              if (totalPowerW !== undefined) seen.add(`sensor.total_power ${observedAt.getTime()}`);
              for (const { name } of circuits) seen.add(`${name} ${observedAt.getTime()}`);
            },
          },
          stop.signal,
        );
        ended.catch(reject);
      });
    },
    onStep: async () => undefined,
    async stop() {
      stop.abort();
      await ended;
      await close();
    },
  };
}

function pollEach(everyS: number): Reader {
  const seen = new Set<string>();
  return {
    name: `polling each sensor every ${everyS} s`,
    seen,
    start: async () => undefined,
    async onStep(home, elapsedS) {
      if (elapsedS % everyS !== 0) return;
      for (const id of powerSensors(home)) {
        const { body } = await request(`${home.url}/api/states/${id}`, {
          headers: { authorization: `Bearer ${home.token}` },
        });
        const state = (await body.json()) as { last_updated: string };
        seen.add(`${id} ${Date.parse(state.last_updated)}`);
      }
    },
    stop: async () => undefined,
  };
}
