import { waitFor } from '@smart-meter/meter-adapter-testkit';
import { buildEnergyPreferences, HomeAssistantSimulator, RecorderOptions } from '@smart-meter/simulators';
import { EnergyPrices } from '../src/prices/energy-prices';
import { FakeSmartMeter } from './support/fake-smart-meter';
import { RunningCorrelator, temporaryFolder } from './support/running-correlator';
import { SimulatedTime } from './support/simulated-time';

const START = new Date('2026-03-01T10:00:00Z');
const PRICE = 'sensor.electricity_price';
const HEATER = 'switch.heater';
const HEATER_W = 1000;
const EUR = { unit_of_measurement: 'EUR/kWh' };

interface Impact {
  energy_kwh: number;
  cost: number | null;
  energy_without_price_kwh: number | null;
  currency: string | null;
  price_source: string | null;
}

jest.setTimeout(60_000);

describe('prices from Home Assistant', () => {
  let clock: SimulatedTime;
  let homeAssistant: HomeAssistantSimulator;
  let smartMeter: FakeSmartMeter;
  let service: RunningCorrelator;
  let dataDir: string;
  /** When the heater was on, ms. */
  let onTimes: [fromMs: number, toMs: number][];

  async function setUp(options: { recorder?: RecorderOptions; currency?: string } = {}): Promise<void> {
    clock = new SimulatedTime(minute(-60));
    dataDir = temporaryFolder();
    onTimes = [];
    homeAssistant = await HomeAssistantSimulator.start({ clock, followClock: false, ...options });
    homeAssistant.setState(HEATER, 'off');
    smartMeter = await FakeSmartMeter.start({
      everyS: 5,
      clock,
      powerAt: (at) =>
        150 + (onTimes.some(([from, to]) => at.getTime() >= from && at.getTime() < to) ? HEATER_W : 0),
    });
  }

  afterEach(async () => {
    await service?.stop();
    await Promise.all([homeAssistant.close(), smartMeter.stop()]);
  });

  async function start(environment: Record<string, string> = {}): Promise<void> {
    service = await RunningCorrelator.start(
      {
        HOME_ASSISTANT_URL: homeAssistant.url,
        HOME_ASSISTANT_TOKEN: homeAssistant.token,
        SMART_METER_URL: smartMeter.url,
        DATA_DIR: dataDir,
        RETRY_WINDOW_MINUTES: '150',
        ...environment,
      },
      clock,
    );
    await waitFor('Home Assistant', async () => {
      const { body } = await service.get<{ details: { events: { connected: boolean } } }>('/health');
      return body.details.events.connected;
    });
  }

  /** Lives on in steps of five minutes; the service processes each, where it runs. */
  async function liveUntil(toMinute: number, isServiceUp = true): Promise<void> {
    const untilMs = minute(toMinute).getTime();
    while (clock.now().getTime() < untilMs) {
      clock.set(new Date(Math.min(untilMs, clock.now().getTime() + 5 * 60_000)));
      if (isServiceUp) await service.process();
    }
  }

  async function switchHeater(state: 'on' | 'off'): Promise<void> {
    const nowMs = clock.now().getTime();
    if (state === 'on') onTimes.push([nowMs, Infinity]);
    else onTimes[onTimes.length - 1] = [onTimes.at(-1)?.[0] ?? nowMs, nowMs];
    homeAssistant.setState(HEATER, state);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }

  async function impact(): Promise<Impact> {
    const { body } = await service.get<Impact>(`/devices/${HEATER}/impact?from=${minute(-60).toISOString()}`);
    return body;
  }

  /** Two hours of the heater, 1 kWh each, and then some rest. */
  async function heatTwoHours(): Promise<void> {
    await liveUntil(30);
    await switchHeater('on');
    await liveUntil(150);
    await switchHeater('off');
    await liveUntil(160);
  }

  it('cost each kWh what it cost at the time', async () => {
    await setUp();
    homeAssistant.setState(PRICE, '0.30', EUR);
    clock.set(START);
    await start({ PRICE_ENTITY: PRICE });
    await liveUntil(30);
    await switchHeater('on');
    await liveUntil(90);
    homeAssistant.setState(PRICE, '0.60', EUR);
    await liveUntil(150);
    await switchHeater('off');
    await liveUntil(160);
    const answer = await impact();
    expect(answer.energy_kwh).toBeGreaterThan(1.8);
    expect(answer.cost).toBeCloseTo(answer.energy_kwh * 0.45, 2);
    expect(answer).toMatchObject({
      energy_without_price_kwh: 0,
      currency: 'EUR',
      price_source: 'PRICE_ENTITY',
    });
    const { body: top } = await service.get<{ consumers: Impact[] }>('/top-consumers');
    expect(top.consumers[0]?.cost).toBeCloseTo(answer.cost ?? 0, 6);
    expect((await service.get<{ price: object }>('/statistics')).body.price).toEqual({
      source: 'PRICE_ENTITY',
      entity_id: PRICE,
      currency: 'EUR',
      known_until: minute(160).toISOString(),
      problem: null,
    });
  });

  it('are read from history after the service was away, each change at its time', async () => {
    await setUp();
    homeAssistant.setState(PRICE, '30', { unit_of_measurement: 'ct/kWh' });
    await start({ PRICE_ENTITY: PRICE });
    await liveUntil(30);
    await switchHeater('on');
    await liveUntil(60);
    await service.stop();
    await liveUntil(90, false);
    homeAssistant.setState(PRICE, '60', { unit_of_measurement: 'ct/kWh' });
    await liveUntil(120, false);
    homeAssistant.setState(PRICE, '900', { unit_of_measurement: 'EUR/MWh' });
    await start({ PRICE_ENTITY: PRICE });
    await liveUntil(150);
    await switchHeater('off');
    await liveUntil(160);
    const answer = await impact();
    expect(answer.cost).toBeCloseTo((answer.energy_kwh * (60 * 0.3 + 30 * 0.6 + 30 * 0.9)) / 120, 2);
    const tariff = service.app.get(EnergyPrices).tariff(START.getTime(), minute(160).getTime());
    const at = [0, 59, 89, 91, 119, 121].map((atMinute) => tariff?.priceAt(minute(atMinute).getTime()));
    expect(at.map((price) => Math.round((price ?? 0) * 100))).toEqual([30, 30, 30, 60, 60, 90]);
    expect(answer.energy_without_price_kwh).toBe(0);
  });

  it('are not made up while the sensor says none', async () => {
    await setUp();
    homeAssistant.setState(PRICE, '0.30', EUR);
    await start({ PRICE_ENTITY: PRICE });
    await liveUntil(30);
    await switchHeater('on');
    await liveUntil(60);
    homeAssistant.setState(PRICE, 'unavailable', {});
    await liveUntil(120);
    const { body } = await service.get<{ status: string; details: { prices: { message: string } } }>(
      '/health',
    );
    expect(body).toMatchObject({
      status: 'degraded',
      details: { prices: { message: `${PRICE} is unavailable` } },
    });
    homeAssistant.setState(PRICE, '0.50', EUR);
    await liveUntil(150);
    await switchHeater('off');
    await liveUntil(160);
    const answer = await impact();
    expect(answer.energy_without_price_kwh).toBeCloseTo(answer.energy_kwh / 2, 2);
    expect(answer.cost).toBeCloseTo((answer.energy_kwh / 4) * (0.3 + 0.5), 2);
  });

  it('are not known for a gap that no recorder closes', async () => {
    await setUp({ recorder: { exclude: (entityId) => entityId === PRICE } });
    homeAssistant.setState(PRICE, '0.30', EUR);
    await start({ PRICE_ENTITY: PRICE });
    await liveUntil(30);
    await switchHeater('on');
    await liveUntil(60);
    await service.stop();
    await liveUntil(90, false);
    homeAssistant.setState(PRICE, '9.99', EUR);
    await liveUntil(100, false);
    homeAssistant.setState(PRICE, '0.50', EUR);
    await liveUntil(105, false);
    await start({ PRICE_ENTITY: PRICE });
    await liveUntil(150);
    await switchHeater('off');
    await liveUntil(160);
    const answer = await impact();
    expect(answer.energy_without_price_kwh).toBeCloseTo((answer.energy_kwh * 40) / 120, 2);
    expect(answer.cost).toBeCloseTo((answer.energy_kwh * (30 * 0.3 + 50 * 0.5)) / 120, 2);
  });

  it.each([
    ['points/kWh', 'is in "points/kWh", expected a unit such as EUR/kWh'],
    ['', 'is in "", expected a unit such as EUR/kWh'],
    ['USD/kWh', 'is in USD/kWh, but CURRENCY is EUR'],
  ])('in %s give no cost, and a warning that says why', async (unit, message) => {
    await setUp();
    homeAssistant.setState(PRICE, '0.30', unit === '' ? {} : { unit_of_measurement: unit });
    await start({ PRICE_ENTITY: PRICE, CURRENCY: 'EUR' });
    await heatTwoHours();
    const answer = await impact();
    expect(answer).toMatchObject({ cost: null, energy_without_price_kwh: answer.energy_kwh });
    const warnings = service.log
      .map((line) => JSON.parse(line) as { level: string; msg: string })
      .filter(({ msg }) => msg.includes(message));
    expect(warnings.map(({ level }) => level)).toEqual(['warn']);
  });

  it('say that a sensor is not there, and have its past once it is', async () => {
    await setUp();
    await start({ PRICE_ENTITY: PRICE });
    await liveUntil(10);
    const { body } = await service.get<{ price: object }>('/statistics');
    expect(body.price).toMatchObject({
      known_until: null,
      problem: `there is no ${PRICE} in Home Assistant`,
    });
    homeAssistant.setState(PRICE, '0.25', EUR);
    await heatTwoHours();
    const answer = await impact();
    expect(answer.cost).toBeCloseTo(answer.energy_kwh * 0.25, 6);
  });

  it('of another sensor count from when it was set', async () => {
    await setUp();
    homeAssistant.setState(PRICE, '0.30', EUR);
    homeAssistant.setState('sensor.new_tariff', '0.80', EUR);
    await start({ PRICE_ENTITY: PRICE });
    await liveUntil(30);
    await switchHeater('on');
    await liveUntil(90);
    await service.stop();
    await start({ PRICE_ENTITY: 'sensor.new_tariff' });
    await liveUntil(150);
    await switchHeater('off');
    await liveUntil(160);
    const answer = await impact();
    expect(answer.cost).toBeCloseTo((answer.energy_kwh * (0.3 + 0.8)) / 2, 2);
    expect(answer.energy_without_price_kwh).toBe(0);
  });

  it('come from the energy dashboard where nothing is set', async () => {
    await setUp({ currency: 'SEK' });
    homeAssistant.setState(PRICE, '150', { unit_of_measurement: 'öre/kWh' });
    const grid = { gridShape: 'flat', importEnergy: 'sensor.imported' } as const;
    homeAssistant.setEnergyPreferences(buildEnergyPreferences({ ...grid, priceEntity: PRICE }));
    await start();
    await heatTwoHours();
    const answer = await impact();
    expect(answer).toMatchObject({ currency: 'SEK', price_source: 'energy_dashboard' });
    expect(answer.cost).toBeCloseTo(answer.energy_kwh * 1.5, 2);
  });

  it('are one number where the energy dashboard has one, from when it is changed on another', async () => {
    await setUp();
    const grid = { gridShape: 'legacy', importEnergy: 'sensor.imported' } as const;
    homeAssistant.setEnergyPreferences(buildEnergyPreferences({ ...grid, pricePerKwh: 0.2 }));
    await start();
    await liveUntil(30);
    await switchHeater('on');
    await liveUntil(90);
    homeAssistant.setEnergyPreferences(buildEnergyPreferences({ ...grid, pricePerKwh: 0.4 }));
    await liveUntil(150);
    await switchHeater('off');
    await liveUntil(160);
    const answer = await impact();
    // It was changed at some instant of the five minutes before it was looked at.
    expect(answer.energy_without_price_kwh).toBeCloseTo((answer.energy_kwh * 5) / 120, 2);
    expect(answer.cost).toBeCloseTo((answer.energy_kwh * (60 * 0.2 + 55 * 0.4)) / 120, 2);
  });

  it('are in Home Assistant’s currency, also after a start without it', async () => {
    await setUp({ currency: 'CHF' });
    await start({ ENERGY_PRICE: '0.5' });
    await heatTwoHours();
    const answer = await impact();
    expect(answer).toMatchObject({ currency: 'CHF', price_source: 'ENERGY_PRICE' });
    expect(answer.cost).toBeCloseTo(answer.energy_kwh * 0.5, 6);
    await service.stop();
    await homeAssistant.refuseConnections();
    service = await RunningCorrelator.start(
      {
        HOME_ASSISTANT_URL: homeAssistant.url,
        HOME_ASSISTANT_TOKEN: homeAssistant.token,
        SMART_METER_URL: smartMeter.url,
        DATA_DIR: dataDir,
        ENERGY_PRICE: '0.5',
      },
      clock,
    );
    expect(await impact()).toMatchObject({ currency: 'CHF', cost: answer.cost });
  });
});

function minute(count: number): Date {
  return new Date(START.getTime() + count * 60_000);
}
