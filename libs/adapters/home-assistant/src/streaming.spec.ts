import { setTimeout as sleep } from 'node:timers/promises';
import { isMeterError, MeterReading } from '@smart-meter/meter-adapter';
import { HomeAssistantSimulator, ScriptedEntity } from '@smart-meter/simulators';
import { createHomeAssistantMeter, HomeAssistantMeter } from './home-assistant-meter';

let home: HomeAssistantSimulator;
let meter: HomeAssistantMeter;
let stop: AbortController;

const power = (entityId: string, state: string, unit = 'W'): ScriptedEntity => ({
  entityId,
  state,
  attributes: { unit_of_measurement: unit, device_class: 'power', state_class: 'measurement' },
});

beforeEach(async () => {
  home = await HomeAssistantSimulator.start();
  home.setEntities([
    power('sensor.total_power', '1.5', 'kW'),
    power('sensor.power_oven', '300'),
    {
      entityId: 'sensor.energy_today',
      state: '4',
      attributes: { unit_of_measurement: 'kWh', device_class: 'energy', state_class: 'total_increasing' },
    },
  ]);
  meter = createHomeAssistantMeter({ url: home.url, token: home.token, meterId: 'home' });
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await meter.close();
  await home.close();
});

/** Streams; `next` gives the readings one by one. */
function follow() {
  const readings: MeterReading[] = [];
  let wake: () => void = () => undefined;
  let connections = 0;
  const streaming = meter.stream(
    {
      onConnected: () => void (connections += 1),
      onReading: (reading) => {
        readings.push(reading);
        wake();
      },
    },
    stop.signal,
  );
  const next = async (): Promise<MeterReading> => {
    while (readings.length === 0) {
      await Promise.race([
        new Promise<void>((resolve) => (wake = resolve)),
        streaming.then(() => {
          throw new Error('the stream ended');
        }),
      ]);
    }
    return readings.shift() as MeterReading;
  };
  return { streaming, next, connections: () => connections };
}

describe('stream', () => {
  it('begins with everything, then tells what each change has a part in, at its own time', async () => {
    const { next, connections } = follow();
    expect(await next()).toMatchObject({
      totalPowerW: 1500,
      circuits: [{ name: 'sensor.power_oven', powerW: 300, percentage: 20 }],
      provenance: 'live',
      averagedOverS: 0,
    });
    expect(connections()).toBe(1);
    home.setState('sensor.power_oven', '750');
    const change = await next();
    expect(change).toEqual({
      meterId: 'home',
      observedAt: expect.any(Date),
      averagedOverS: 0,
      circuits: [{ id: expect.any(String), name: 'sensor.power_oven', powerW: 750, percentage: 50 }],
      provenance: 'live',
    });
    expect(Math.abs(change.observedAt.getTime() - Date.now())).toBeLessThan(5_000);
  });

  it('reads a unit that changes, and a sensor that goes away', async () => {
    const { next } = follow();
    await next();
    home.setState('sensor.total_power', '900', { unit_of_measurement: 'W', device_class: 'power' });
    expect(await next()).toMatchObject({ totalPowerW: 900, circuits: [] });
    home.makeUnavailable('sensor.total_power');
    expect(await next()).toMatchObject({ totalPowerW: null, circuits: [] });
  });

  it('tells the energy of today', async () => {
    const { next } = follow();
    await next();
    home.setState('sensor.energy_today', '4.25');
    expect(await next()).toMatchObject({ dailyKwh: 4.25, circuits: [] });
  });

  it('follows a renamed circuit under the same id', async () => {
    const { next } = follow();
    const [before] = (await next()).circuits;
    home.rename('sensor.power_oven', 'sensor.four');
    const renamed = async (): Promise<MeterReading> => {
      const reading = await next();
      return reading.circuits.some(({ name }) => name === 'sensor.four') ? reading : renamed();
    };
    expect((await renamed()).circuits).toMatchObject([{ id: before?.id, name: 'sensor.four', powerW: 300 }]);
  });

  it('ends, to begin anew, when polling finds that other sensors are to be followed', async () => {
    const { next, streaming } = follow();
    await next();
    await meter.fetchConsumption(stop.signal);
    home.setEntities([{ ...power('sensor.power_new', '40'), registry: false }]);
    const ended = streaming.catch((error: unknown) => error);
    await meter.fetchConsumption(stop.signal);
    const error = await ended;
    expect(isMeterError(error) && error.retryable).toBe(true);
  });

  it('does not follow a Home Assistant that is starting: its sensors are not there yet', async () => {
    home.setCoreState('STARTING');
    await expect(follow().streaming).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });

  it('tells the same as history does afterwards', async () => {
    const { next } = follow();
    const first = await next();
    const live: MeterReading[] = [];
    for (const [entityId, state] of [
      ['sensor.power_oven', '310'],
      ['sensor.total_power', '1.6'],
      ['sensor.power_oven', 'unknown'],
      ['sensor.energy_today', '4.1'],
      ['sensor.total_power', 'unavailable'],
      ['sensor.total_power', '-0.2'],
    ] as const) {
      // Within one millisecond history could not tell which came first.
      await sleep(3);
      home.setState(entityId, state);
      live.push(await next());
    }
    const range = { from: new Date(first.observedAt.getTime() - 1_000), to: new Date(Date.now() + 1) };
    const past: MeterReading[] = [];
    for await (const { readings } of meter.fetchHistory(range, stop.signal)) past.push(...readings);
    const asLive = past.map((reading) => ({ ...reading, provenance: 'live' }));
    expect(asLive.slice(-live.length)).toEqual(live);
  });

  it('ends in silence when told to', async () => {
    const { next, streaming } = follow();
    await next();
    stop.abort();
    await expect(streaming).resolves.toBeUndefined();
  });
});
