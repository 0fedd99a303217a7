import { createHousehold } from '@smart-meter/household';
import { DocumentStore, systemClock } from '@smart-meter/meter-adapter';
import { describeMeterConformance, FakeClock } from '@smart-meter/meter-adapter-testkit';
import { circuitSource, gridSource, HomeWizardSimulator, phaseSources } from '@smart-meter/simulators';
import { homeWizardMeter } from './definition';
import { HomeWizardMeter, HomeWizardMeterOptions } from './homewizard-meter';

const household = createHousehold({ seed: 3, solar: true, timeZone: 'Europe/Amsterdam' });
const never = new AbortController().signal;
const FAULTS = ['API off', 'busy', 'restarting', 'captive portal', 'damaged answer', 'wrong types', 'away'];

describeMeterConformance(
  'The HomeWizard meter',
  async () => {
    const device = await HomeWizardSimulator.start({ sources: phaseSources(household) });
    const { faults } = device;
    return {
      adapter: new HomeWizardMeter({
        meterId: 'home',
        host: device.host,
        timeZone: 'Europe/Amsterdam',
        clock: systemClock,
      }),
      secrets: [],
      faults: [
        {
          name: 'API off',
          provoke: () => void (device.apiEnabled = false),
          expectedCodes: ['configuration'],
        },
        {
          name: 'busy',
          provoke: () => void faults.always({ kind: 'status', status: 429 }),
          expectedCodes: ['rate_limited'],
        },
        {
          name: 'restarting',
          provoke: () => void faults.always({ kind: 'status', status: 503 }),
          expectedCodes: ['unavailable'],
        },
        {
          name: 'captive portal',
          provoke: () => void faults.always({ kind: 'html' }),
          expectedCodes: ['malformed_response'],
        },
        {
          name: 'damaged answer',
          provoke: () => void faults.always({ kind: 'truncate', afterBytes: 9 }),
          expectedCodes: ['unavailable', 'malformed_response'],
        },
        {
          name: 'wrong types',
          provoke: () => void faults.always({ kind: 'body', body: '"power"' }),
          expectedCodes: ['malformed_response'],
        },
        { name: 'away', provoke: () => device.refuseConnections(), expectedCodes: ['unavailable'] },
      ],
      dispose: () => device.close(),
    };
  },
  FAULTS,
);

describe('a home with HomeWizard', () => {
  const clock = new FakeClock('2026-06-20T21:50:00Z');
  const open: { close(): Promise<void> }[] = [];
  let store: DocumentStore;
  let document: unknown;

  beforeEach(() => {
    clock.jumpTo('2026-06-20T21:50:00Z');
    document = undefined;
    store = { load: async () => document, save: async (saved) => void (document = saved) };
  });
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  async function start(options: Partial<Parameters<typeof HomeWizardSimulator.start>[0]> = {}) {
    const device = await HomeWizardSimulator.start({ sources: phaseSources(household), clock, ...options });
    open.push(device);
    return device;
  }

  function meterOf(device: HomeWizardSimulator, options: Partial<HomeWizardMeterOptions> = {}) {
    const meter = new HomeWizardMeter({
      meterId: 'home',
      host: device.host,
      timeZone: 'Europe/Amsterdam',
      clock,
      dailyEnergyStore: store,
      ...options,
    });
    open.push(meter);
    return meter;
  }

  it('shows the grid, phase by phase, and circuits beside', async () => {
    const device = await start();
    const kitchen = await start({
      serial: 'socket1',
      productName: 'Energy Socket',
      sources: [circuitSource(household, 'kitchen')],
    });
    const { reading } = await meterOf(device, { circuitHosts: [kitchen.host] }).fetchConsumption(never);
    const truth = household.powerAt(clock.now());
    expect(reading).toMatchObject({ totalPowerW: truth.gridPowerW, gridPowerW: truth.gridPowerW });
    expect(reading.circuits.map(({ name, powerW, parentId }) => [name, powerW, parentId])).toEqual([
      ...phaseSources(household).map((phase, index) => [
        `P1 Meter L${index + 1}`,
        phase.powerW(clock.now()),
        'mains',
      ]),
      ['Energy Socket (socket1)', truth.circuits.get('kitchen'), undefined],
    ]);
  });

  it('counts the energy of today from midnight on, over a restart', async () => {
    const device = await start({ sources: [gridSource(household)] });
    expect((await meterOf(device).fetchConsumption(never)).reading.dailyKwh).toBeNull();
    clock.jumpTo('2026-06-20T22:00:00Z');
    await meterOf(device).fetchConsumption(never);
    const midnight = clock.now();
    clock.jumpTo('2026-06-21T10:00:00Z');
    const { gridImportKwh, gridExportKwh } = household.energyKwhBetween(midnight, clock.now());
    const { reading } = await meterOf(device).fetchConsumption(never);
    expect(reading.dailyKwh).toBeCloseTo(gridImportKwh - gridExportKwh, 2);
  });

  it('goes on without a socket: its circuit is unknown', async () => {
    const device = await start();
    const socket = await start({ serial: 'socket1', sources: [circuitSource(household, 'office')] });
    const meter = meterOf(device, { circuitHosts: [socket.host] });
    await meter.fetchConsumption(never);
    await socket.refuseConnections();
    const { reading, warnings } = await meter.fetchConsumption(never);
    expect(reading.totalPowerW).toBe(household.powerAt(clock.now()).gridPowerW);
    expect(reading.circuits.at(-1)).toMatchObject({ id: 'socket1', powerW: null });
    expect(warnings.join()).toMatch(/cannot be reached/);
  });

  it('notices a P1 meter that tells the same for a quarter of an hour', async () => {
    const device = await start();
    const meter = meterOf(device);
    device.frozenAt = clock.now();
    expect((await meter.fetchConsumption(never)).stale).toEqual([]);
    const since = clock.now();
    await clock.advance(16 * 60_000);
    expect((await meter.fetchConsumption(never)).stale).toEqual([
      { sourceId: device.host, lastReportedAt: since },
    ]);
    device.frozenAt = null;
    expect((await meter.fetchConsumption(never)).stale).toEqual([]);
  });

  it('needs an address', () => {
    const context = {
      ...{ meterId: 'm', clock, random: () => 0, timeZone: 'UTC', document: () => store },
      ...{ onRequest: () => undefined, warn: () => undefined },
    };
    expect(() => homeWizardMeter.create({ host: undefined, circuitHosts: undefined }, context)).toThrow(
      /HOMEWIZARD_HOST/,
    );
    expect(() => homeWizardMeter.create({ host: 'http://p1', circuitHosts: [] }, context)).toThrow(
      /HOMEWIZARD_HOST/,
    );
  });
});
