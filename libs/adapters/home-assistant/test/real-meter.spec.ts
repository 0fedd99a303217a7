import { setTimeout as sleep } from 'node:timers/promises';
import { MeterReading, systemClock } from '@smart-meter/meter-adapter';
import {
  describeWithServer,
  HOME_ASSISTANT,
  HomeAssistantServer,
  startHomeAssistant,
} from '@smart-meter/servers';
import { resolveAccess } from '../src/address';
import { statesAt } from '../src/context/states-at';
import {
  createHomeAssistantMeter,
  HomeAssistantMeter,
  HomeAssistantMeterOptions,
} from '../src/home-assistant-meter';
import { HomeAssistantConnector } from '../src/websocket/connector';

const POWER = { device_class: 'power', state_class: 'measurement' };
const ENERGY = { device_class: 'energy', state_class: 'total_increasing', unit_of_measurement: 'kWh' };

describeWithServer(HOME_ASSISTANT, 'the meter over a real Home Assistant', () => {
  let server: HomeAssistantServer;
  const meters: HomeAssistantMeter[] = [];
  const stop = new AbortController();
  const { signal } = stop;

  const meter = (options: Partial<HomeAssistantMeterOptions> = {}) => {
    const made = createHomeAssistantMeter({
      url: server.url,
      token: server.token,
      meterId: 'home',
      ...options,
    });
    meters.push(made);
    return made;
  };

  /** Sets an input, and waits for the sensor that shows it. */
  const setInput = async (input: string, value: number, shownBy: string) => {
    await server.callService('input_number', 'set_value', { entity_id: `input_number.${input}`, value });
    const isShown = async () =>
      (await server.states()).some((state) => state.entity_id === shownBy && Number(state.state) === value);
    while (!(await isShown())) await sleep(10);
  };

  beforeAll(async () => {
    server = await startHomeAssistant();
    await server.setState('sensor.total_power', '2.345', { ...POWER, unit_of_measurement: 'kW' });
    await server.setState('sensor.power_hvac', '1200.5', { ...POWER, unit_of_measurement: 'W' });
    await server.setState('sensor.power_attic', 'unavailable', { ...POWER, unit_of_measurement: 'W' });
    await server.setState('sensor.dach_leistung', '-640', { ...POWER, unit_of_measurement: 'W' });
    await server.setState('sensor.ups', '300', { device_class: 'apparent_power', unit_of_measurement: 'VA' });
    await server.setState('sensor.energy_today', '7250', { ...ENERGY, unit_of_measurement: 'Wh' });
    await setInput('kitchen_w', 250, 'sensor.power_kitchen');
    await setInput('grid_w', -80, 'sensor.grid_power');
  }, 300_000);
  afterAll(async () => {
    stop.abort();
    await Promise.all(meters.map((made) => made.close()));
    await server.stop();
  });

  it('reads what Home Assistant shows, in W and kWh', async () => {
    const before = Date.now();
    const { reading, stale } = await meter().fetchConsumption(signal);
    expect(reading).toMatchObject({ totalPowerW: 2345, dailyKwh: 7.25, provenance: 'live' });
    expect(reading.observedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(Object.fromEntries(reading.circuits.map(({ name, powerW }) => [name, powerW]))).toEqual({
      'sensor.power_hvac': 1200.5,
      'sensor.power_attic': null,
      'sensor.power_kitchen': 250,
      'sensor.grid_power': -80,
      'sensor.dach_leistung': -640,
    });
    expect(stale).toEqual([]);
  });

  it('tells a good token from a bad one, and does not try the bad one again', async () => {
    expect(await meter().testConnection(signal)).toMatchObject({
      ok: true,
      detail: expect.stringContaining(server.version),
      warnings: [],
    });
    const refused = meter({ token: 'not-a-token' });
    expect(await refused.testConnection(signal)).toMatchObject({
      ok: false,
      error: { code: 'authentication' },
    });
    await expect(refused.fetchConsumption(signal)).rejects.toMatchObject({ code: 'authentication' });
    await expect(meter({ url: `${server.url}/nowhere` }).fetchConsumption(signal)).rejects.toMatchObject({
      code: 'configuration',
    });
  });

  it('keeps a renamed circuit, and finds the power of a device of the energy dashboard', async () => {
    const adapter = meter();
    const before = (await adapter.fetchConsumption(signal)).reading.circuits;
    const id = before.find(({ name }) => name === 'sensor.power_kitchen')?.id;
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    await server.setState('sensor.kuche_energy', '10', ENERGY);
    await server.setState('sensor.import', '100', ENERGY);
    await server.command('energy/save_prefs', {
      energy_sources: [
        {
          type: 'grid',
          flow_from: [
            {
              stat_energy_from: 'sensor.import',
              stat_cost: null,
              entity_energy_price: null,
              number_energy_price: null,
            },
          ],
          flow_to: [],
          cost_adjustment_day: 0,
        },
      ],
      device_consumption: [{ stat_consumption: 'sensor.kuche_energy' }],
    });
    await server.command('config/entity_registry/update', {
      entity_id: 'sensor.power_kitchen',
      new_entity_id: 'sensor.kuche_power',
    });
    const sources = await meter().describeSources(signal);
    expect(sources.find(({ sourceId }) => sourceId === 'sensor.kuche_power')).toMatchObject({
      role: 'circuit',
      circuitId: id,
      reason: 'belongs to sensor.kuche_energy, a device of the energy dashboard',
      metadata: { platform: 'template' },
    });
    expect(sources.find(({ sourceId }) => sourceId === 'sensor.ups')).toMatchObject({ role: 'none' });
  });

  it('streams a change at the time that Home Assistant gives it, and finds it in history', async () => {
    const adapter = meter();
    const streamed: MeterReading[] = [];
    const streaming = new AbortController();
    let changedAt: Date | undefined;
    const change = async () => {
      const state = await server.setState('sensor.power_hvac', '900', { ...POWER, unit_of_measurement: 'W' });
      changedAt = new Date(state.last_updated);
    };
    await adapter.stream(
      {
        onConnected: () => void change(),
        onReading: (reading) => {
          streamed.push(reading);
          if (reading.circuits.some(({ powerW }) => powerW === 900)) streaming.abort();
        },
      },
      streaming.signal,
    );
    while (!changedAt) await sleep(5);
    expect(streamed.at(-1)).toMatchObject({
      observedAt: changedAt,
      provenance: 'live',
      circuits: [{ name: 'sensor.power_hvac', powerW: 900 }],
    });
    const range = { from: new Date(changedAt.getTime() - 60_000), to: new Date() };
    const past: MeterReading[] = [];
    for await (const { readings } of adapter.fetchHistory(range, signal)) past.push(...readings);
    expect(past.find(({ observedAt }) => observedAt.getTime() === changedAt?.getTime())).toMatchObject({
      provenance: 'backfill',
      circuits: [{ name: 'sensor.power_hvac', powerW: 900 }],
    });
  }, 30_000);

  it('finds the state that was in force at an instant', async () => {
    const { webSocketUrl, token } = resolveAccess({ url: server.url, token: server.token });
    const connector = new HomeAssistantConnector({ webSocketUrl, token, clock: systemClock });
    const set = await server.setState('sensor.lifetime', '500', ENERGY);
    await sleep(1_500);
    const at = new Date(new Date(set.last_updated).getTime() + 200);
    await server.setState('sensor.lifetime', '501', ENERGY);
    const states = await connector.use(
      (connection) => statesAt(connection, ['sensor.lifetime', 'sensor.no_such'], at, signal),
      signal,
    );
    expect(states).toEqual([
      expect.objectContaining({
        entityId: 'sensor.lifetime',
        state: '500',
        attributes: expect.objectContaining(ENERGY),
      }),
    ]);
  });
});
