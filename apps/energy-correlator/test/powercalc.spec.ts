import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@smart-meter/meter-adapter-testkit';
import { HomeAssistantSimulator } from '@smart-meter/simulators';
import { FakeSmartMeter } from './support/fake-smart-meter';
import { RunningCorrelator, temporaryFolder } from './support/running-correlator';
import { SimulatedTime } from './support/simulated-time';

const START = new Date('2026-03-01T10:00:00Z');
const LAMP = 'light.floor_lamp';
const HEATER = 'switch.heater';
const LAMP_W = 27;

interface Device {
  entity_id: string;
  prior: { source: string; profile?: string; power_w?: number; sd_w?: number; standby_w?: number };
}

jest.setTimeout(60_000);

describe('profiles of Powercalc', () => {
  let clock: SimulatedTime;
  let homeAssistant: HomeAssistantSimulator;
  let smartMeter: FakeSmartMeter;
  let service: RunningCorrelator;
  let switchedAtMs: number;
  const library = writeLibrary();

  beforeEach(async () => {
    clock = new SimulatedTime(START);
    switchedAtMs = Infinity;
    homeAssistant = await HomeAssistantSimulator.start({ clock, followClock: false });
    homeAssistant.home.registry.addDevice({
      id: 'lamp',
      name: 'Floor lamp',
      manufacturer: 'Maker of Lamps Inc.',
      model: 'Tall lamp (TL-27)',
    });
    homeAssistant.setEntities([
      { entityId: LAMP, state: 'off', registry: { device_id: 'lamp' } },
      { entityId: HEATER, state: 'off' },
    ]);
    smartMeter = await FakeSmartMeter.start({
      everyS: 5,
      clock,
      powerAt: (at) => 150 + (at.getTime() >= switchedAtMs ? LAMP_W + 400 : 0),
    });
  });

  afterEach(async () => {
    await service?.stop();
    await Promise.all([homeAssistant.close(), smartMeter.stop()]);
  });

  /** A lamp and a heater that nobody knows yet go on at once; what is said of each, W. */
  async function firstEvents(environment: Record<string, string>): Promise<Map<string, number | null>> {
    service = await RunningCorrelator.start(
      {
        HOME_ASSISTANT_URL: homeAssistant.url,
        HOME_ASSISTANT_TOKEN: homeAssistant.token,
        SMART_METER_URL: smartMeter.url,
        ...environment,
      },
      clock,
    );
    await waitFor('Home Assistant', async () => {
      const { body } = await service.get<{ details: { events: { connected: boolean } } }>('/health');
      return body.details.events.connected;
    });
    clock.set(new Date(START.getTime() + 10 * 60_000));
    switchedAtMs = clock.now().getTime();
    homeAssistant.setState(LAMP, 'on');
    homeAssistant.setState(HEATER, 'on');
    await new Promise((resolve) => setTimeout(resolve, 50));
    clock.set(new Date(START.getTime() + 15 * 60_000));
    await service.process();
    const { body } = await service.get<{
      correlations: { entity_id: string; state: string; estimate_w: number }[];
    }>('/correlations?min_confidence=0');
    const on = body.correlations.filter(({ state }) => state === 'on');
    return new Map(on.map(({ entity_id, estimate_w }) => [entity_id, estimate_w]));
  }

  const devices = async () =>
    new Map(
      (await service.get<{ devices: Device[] }>('/devices')).body.devices.map((one) => [one.entity_id, one]),
    );

  it('are not needed: without them an entity has the prior of its domain', async () => {
    const estimates = await firstEvents({});
    expect((await devices()).get(LAMP)?.prior).toEqual({ source: 'domain' });
    // What the profile below is worth.
    expect(Math.abs((estimates.get(LAMP) ?? 0) - LAMP_W)).toBeGreaterThan(6);
  });

  it('part a step that two unknown devices share', async () => {
    const estimates = await firstEvents({ POWERCALC_LIBRARY: library });
    expect(Math.abs((estimates.get(LAMP) ?? 0) - LAMP_W)).toBeLessThan(6);
    expect(Math.abs((estimates.get(HEATER) ?? 0) - 400)).toBeLessThan(40);
    const known = await devices();
    expect(known.get(LAMP)?.prior).toEqual({
      source: 'powercalc',
      profile: 'lamps/TL-27',
      power_w: 27,
      sd_w: expect.closeTo(4.11, 2) as number,
      standby_w: 0.4,
    });
    expect(known.get(HEATER)?.prior).toEqual({ source: 'domain' });
  });

  it('are known after a start without Home Assistant', async () => {
    const environment = { POWERCALC_LIBRARY: library, DATA_DIR: temporaryFolder() };
    await firstEvents(environment);
    await service.stop();
    await homeAssistant.refuseConnections();
    service = await RunningCorrelator.start(
      {
        HOME_ASSISTANT_URL: homeAssistant.url,
        HOME_ASSISTANT_TOKEN: 'x',
        SMART_METER_URL: smartMeter.url,
        ...environment,
      },
      clock,
    );
    expect((await devices()).get(LAMP)?.prior).toMatchObject({ profile: 'lamps/TL-27' });
  });
});

function writeLibrary(): string {
  const folder = temporaryFolder();
  const model = join(folder, 'profile_library', 'lamps', 'TL-27');
  mkdirSync(model, { recursive: true });
  writeFileSync(
    join(folder, 'profile_library', 'lamps', 'manufacturer.json'),
    JSON.stringify({ name: 'Lamps', aliases: ['Maker of Lamps Inc.'] }),
  );
  writeFileSync(
    join(model, 'model.json'),
    JSON.stringify({
      device_type: 'light',
      calculation_strategy: 'fixed',
      fixed_config: { power: 27.4 },
      standby_power: 0.4,
    }),
  );
  return folder;
}
