import { buildEnergyPreferences, GridShape, HomeAssistantSimulator } from '@smart-meter/simulators';
import { HomeAssistantPrices, homePricing } from './home-assistant-prices';

const { signal } = new AbortController();
const PRICE = 'sensor.electricity_price';
const UNIT = { unit_of_measurement: 'EUR/kWh' };
const minutes = (count: number) => new Date(Date.UTC(2026, 2, 1, 12, count));

describe('HomeAssistantPrices', () => {
  let home: HomeAssistantSimulator;
  let prices: HomeAssistantPrices;
  let now = minutes(0);
  beforeEach(async () => {
    now = minutes(0);
    home = await HomeAssistantSimulator.start({
      currency: 'SEK',
      clock: { now: () => now },
      followClock: false,
    });
    prices = new HomeAssistantPrices({ url: home.url, token: home.token, clock: fixedClock() });
  });
  afterEach(() => home.close());

  function fixedClock() {
    return {
      now: () => now,
      monotonicMs: () => performance.now(),
      sleep: (ms: number, during?: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          const timer = setTimeout(resolve, ms);
          during?.addEventListener('abort', () => {
            clearTimeout(timer);
            reject(during.reason as Error);
          });
        }),
    };
  }

  it.each<GridShape>(['legacy', 'flat'])(
    'finds the price that the %s energy dashboard names',
    async (gridShape) => {
      const grid = { gridShape, importEnergy: 'sensor.imported' };
      home.setEnergyPreferences(buildEnergyPreferences({ ...grid, priceEntity: PRICE }));
      home.setState(PRICE, '1.2', { unit_of_measurement: 'SEK/kWh' });
      expect(await prices.read(null, signal)).toMatchObject({
        currency: 'SEK',
        price: { entityId: PRICE },
        entityId: PRICE,
        state: { state: '1.2' },
      });
      home.setEnergyPreferences(buildEnergyPreferences({ ...grid, pricePerKwh: 1.5 }));
      expect(await prices.read(null, signal)).toMatchObject({ price: { pricePerKwh: 1.5 }, entityId: null });
    },
  );

  it('knows the currency without an energy dashboard, and an entity that is not there', async () => {
    expect(await prices.read(PRICE, signal)).toEqual({
      currency: 'SEK',
      price: null,
      hasSeveralPrices: false,
      entityId: PRICE,
      state: null,
    });
  });

  it('reads back what a sensor said, and says where the recorder knows nothing', async () => {
    home.setState(PRICE, '0.3', UNIT);
    now = minutes(10);
    home.setState(PRICE, '0.4', UNIT);
    now = minutes(20);
    home.setState(PRICE, 'unavailable', {});
    now = minutes(30);
    const past = await prices.pastOf(PRICE, { from: minutes(5), to: now }, signal);
    expect(past.atStart).toMatchObject({ state: '0.3', attributes: UNIT });
    expect(past.changes.map(({ state, lastUpdatedAt }) => [state, lastUpdatedAt])).toEqual([
      ['0.4', minutes(10)],
      ['unavailable', minutes(20)],
    ]);
    const beginning = await prices.pastOf(PRICE, { from: minutes(-5), to: minutes(5) }, signal);
    expect(beginning.atStart).toBeNull();
    expect(beginning.changes).toHaveLength(1);
  });

  it('says that Home Assistant does not answer', async () => {
    await home.refuseConnections();
    await expect(prices.read(PRICE, signal)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

it('several prices are none, unless they are the same', () => {
  const flow = (price: object) => ({ stat_energy_from: 'sensor.a', ...price });
  const grid = (...prices: object[]) => ({
    energy_sources: [{ type: 'grid', flow_from: prices.map(flow), flow_to: [] }],
  });
  expect(homePricing('EUR', grid({ number_energy_price: 0.2 }, { number_energy_price: 0.3 }))).toEqual({
    currency: 'EUR',
    price: null,
    hasSeveralPrices: true,
  });
  expect(
    homePricing('EUR', grid({ entity_energy_price: PRICE }, { entity_energy_price: PRICE })),
  ).toMatchObject({
    price: { entityId: PRICE },
    hasSeveralPrices: false,
  });
  expect(homePricing(null, undefined)).toEqual({ currency: null, price: null, hasSeveralPrices: false });
});
