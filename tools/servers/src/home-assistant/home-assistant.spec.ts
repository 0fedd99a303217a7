import { describeWithServer } from '../shared/require-server';
import { HOME_ASSISTANT, HomeAssistantServer, startHomeAssistant } from './home-assistant';
import { newestFor } from './python';

describe('newestFor', () => {
  it.each([
    [[3, 10, 13], undefined],
    [[3, 11, 7], '2024.3.3'],
    [[3, 12, 1], '2025.1.4'],
    [[3, 13, 0], '2025.4.4'],
    [[3, 13, 1], '2025.4.4'],
    [[3, 13, 2], '2026.2.3'],
    [[3, 14, 0], undefined],
    [[3, 14, 2], '2026.11.0'],
    [[3, 15, 0], undefined],
  ] as const)('Python %p runs Home Assistant %p', (python, homeAssistant) => {
    expect(newestFor(python)?.version).toBe(homeAssistant);
  });
});

describeWithServer(HOME_ASSISTANT, 'startHomeAssistant', () => {
  let server: HomeAssistantServer;
  beforeAll(async () => {
    server = await startHomeAssistant();
  }, 120_000);
  afterAll(async () => {
    await server.stop();
  });

  it('shows what was set, and drives its sensors', async () => {
    await server.setState('sensor.dryer', '12.5', { unit_of_measurement: 'kW', device_class: 'power' });
    await server.callService('input_number', 'set_value', { entity_id: 'input_number.grid_w', value: 1234 });
    const states = new Map((await server.states()).map((state) => [state.entity_id, state]));
    expect(states.get('sensor.dryer')).toMatchObject({
      state: '12.5',
      attributes: { unit_of_measurement: 'kW' },
    });
    expect(states.get('sensor.grid_power')).toMatchObject({
      state: '1234.0',
      attributes: { device_class: 'power' },
    });
  });

  it('takes WebSocket commands of an administrator', async () => {
    await server.command('config/entity_registry/update', {
      entity_id: 'sensor.power_kitchen',
      new_entity_id: 'sensor.kitchen',
    });
    const entityIds = (await server.states()).map(({ entity_id: entityId }) => entityId);
    expect(entityIds).toContain('sensor.kitchen');
    expect(entityIds).not.toContain('sensor.power_kitchen');
    await expect(server.command('nothing/of_the_kind')).rejects.toThrow('unknown_command');
  });

  it('keeps its token and its records across a kill and a restart', async () => {
    const { last_updated: at } = await server.setState('sensor.kept', '7');
    await server.restart();
    await server.kill9();
    await server.restart();

    const kept = server.recordedStates().filter(({ entityId }) => entityId === 'sensor.kept');
    expect(kept).toContainEqual({
      entityId: 'sensor.kept',
      state: '7',
      lastUpdatedS: expect.closeTo(Date.parse(at) / 1000, 2),
    });
  }, 120_000);
});
