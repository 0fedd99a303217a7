import { createHousehold } from '@smart-meter/household';
import type { Auth, Connection, HassConfig, HassEntities } from 'home-assistant-js-websocket' with {
  'resolution-mode': 'import',
};
import { WebSocket } from 'ws';
import { HomeAssistantSimulator } from './home-assistant-simulator';

/** A client that nobody here wrote: what it cannot use is wrong, whatever our own tests say. */
describe('home-assistant-js-websocket', () => {
  const loadClient = () => import('home-assistant-js-websocket');
  let simulator: HomeAssistantSimulator;
  let connection: Connection;

  const until = async (isDone: () => boolean): Promise<void> => {
    for (let waited = 0; !isDone(); waited += 10) {
      if (waited > 10_000) throw new Error('it did not come to pass within 10 s');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  beforeAll(async () => {
    Object.assign(globalThis, { WebSocket });
    simulator = await HomeAssistantSimulator.start({
      household: createHousehold({ seed: 5, solar: true, battery: true }),
      meteredAppliances: ['washing_machine'],
      followClock: false,
    });
    const { createConnection, createLongLivedTokenAuth } = await loadClient();
    const auth: Auth = createLongLivedTokenAuth(simulator.url, simulator.token);
    connection = await createConnection({ auth, setupRetry: 0 });
  });

  afterAll(async () => {
    connection.close();
    await simulator.close();
  });

  it('reads states, configuration, user and services', async () => {
    const { getConfig, getStates, getUser } = await loadClient();
    const states = await getStates(connection);
    expect(states.find(({ entity_id }) => entity_id === 'sensor.total_power')).toMatchObject({
      state: expect.stringMatching(/^\d+(\.\d)?$/),
      attributes: { device_class: 'power', unit_of_measurement: 'W', state_class: 'measurement' },
    });
    expect(await getConfig(connection)).toMatchObject({ state: 'RUNNING', time_zone: 'Europe/Berlin' });
    expect(await getUser(connection)).toMatchObject({ is_admin: true });
    expect(connection.haVersion).toBe('2026.11.0');
  });

  it('follows every entity through additions, changes, removals and renames', async () => {
    const { subscribeEntities } = await loadClient();
    let entities: HassEntities = {};
    subscribeEntities(connection, (all) => (entities = all));
    await until(() => 'sensor.total_power' in entities);
    const attributes = { unit_of_measurement: 'W', device_class: 'power', extra: [1, 2] };
    simulator.setState('sensor.new_one', '1', attributes);
    await until(() => entities['sensor.new_one']?.state === '1');
    const changedAt = entities['sensor.new_one']?.last_changed;
    await new Promise((resolve) => setTimeout(resolve, 5));
    simulator.setState('sensor.new_one', '1', { unit_of_measurement: 'kW', device_class: 'power' });
    await until(() => entities['sensor.new_one']?.attributes.unit_of_measurement === 'kW');
    expect(entities['sensor.new_one']?.attributes).toEqual({
      unit_of_measurement: 'kW',
      device_class: 'power',
    });
    expect(entities['sensor.new_one']?.last_changed).toBe(changedAt);
    expect(entities['sensor.new_one']?.last_updated).not.toBe(changedAt);
    simulator.rename('sensor.power_kitchen', 'sensor.kitchen_renamed');
    await until(() => 'sensor.kitchen_renamed' in entities && !('sensor.power_kitchen' in entities));
    simulator.remove('sensor.power_office');
    await until(() => !('sensor.power_office' in entities));
    simulator.makeUnavailable('sensor.power_hvac');
    await until(() => entities['sensor.power_hvac']?.state === 'unavailable');
  });

  it('is told of the configuration, and survives a lost connection', async () => {
    const { subscribeConfig, subscribeEntities } = await loadClient();
    let config: HassConfig | undefined;
    subscribeConfig(connection, (value) => (config = value));
    await until(() => config?.currency === 'EUR');
    let entities: HassEntities = {};
    subscribeEntities(connection, (all) => (entities = all));
    await until(() => 'sensor.total_power' in entities);

    let ready = 0;
    connection.addEventListener('ready', () => (ready += 1));
    simulator.dropConnections();
    simulator.setState('sensor.while_away', 'seen later');
    await until(() => ready === 1 && entities['sensor.while_away']?.state === 'seen later');

    await simulator.shutDown();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await simulator.startUp();
    await until(() => ready === 2);
    await until(() => entities['sensor.total_power']?.state === 'unavailable');
    expect(entities['sensor.total_power']?.attributes).toMatchObject({ restored: true });
    await simulator.advanceTo(new Date(Date.now() + 5000));
    await until(() => entities['sensor.total_power']?.state !== 'unavailable');
    expect(entities['sensor.total_power']?.attributes).not.toHaveProperty('restored');
  }, 20_000);

  it('reads preferences and registries', async () => {
    const prefs = await connection.sendMessagePromise<Record<string, unknown[]>>({
      type: 'energy/get_prefs',
    });
    expect(prefs['energy_sources']).toContainEqual(
      expect.objectContaining({
        type: 'grid',
        stat_rate: 'sensor.grid_power',
        stat_energy_from: 'sensor.grid_import_energy',
      }),
    );
    expect(prefs['device_consumption']).toContainEqual({
      stat_consumption: 'sensor.washing_machine_energy',
      stat_rate: 'sensor.washing_machine_power',
      name: 'Washing machine',
      included_in_stat: 'sensor.other_energy',
    });
    const entries = await connection.sendMessagePromise<{ entity_id: string; id: string }[]>({
      type: 'config/entity_registry/list',
    });
    expect(entries.find(({ entity_id }) => entity_id === 'sensor.total_power')).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      platform: 'simulated',
    });
    for (const type of ['device', 'area', 'floor']) {
      const list = await connection.sendMessagePromise<unknown[]>({ type: `config/${type}_registry/list` });
      expect(list.length).toBeGreaterThan(0);
    }
    await expect(connection.sendMessagePromise({ type: 'no/such_command' })).rejects.toMatchObject({
      code: 'unknown_command',
    });
  });

  it('gives up on a wrong token, without trying again', async () => {
    const { createConnection, createLongLivedTokenAuth, ERR_INVALID_AUTH } = await loadClient();
    const auth = createLongLivedTokenAuth(simulator.url, 'wrong');
    await expect(createConnection({ auth, setupRetry: -1 })).rejects.toBe(ERR_INVALID_AUTH);
    expect(simulator.access.failedAttempts).toBe(1);
  });
});
