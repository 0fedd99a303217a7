import { createHousehold } from '@smart-meter/household';
import { systemClock } from '@smart-meter/meter-adapter';
import { describeMeterConformance, FakeClock } from '@smart-meter/meter-adapter-testkit';
import { circuitSource, gridSource, phaseSources, TasmotaSimulator } from '@smart-meter/simulators';
import { tasmotaMeter } from './definition';
import { TasmotaMeter, TasmotaMeterOptions } from './tasmota-meter';

const PASSWORD = 'p&ss wörd';
const timeZone = 'Europe/Berlin';
const household = createHousehold({ seed: 5, timeZone });
const never = new AbortController().signal;
const FAULTS = [
  'wrong password',
  'old firmware refuses',
  'busy',
  'captive portal',
  'no sensor',
  'cut',
  'away',
];

describeMeterConformance(
  'The Tasmota meter',
  async () => {
    const device = await TasmotaSimulator.start({
      sources: [gridSource(household)],
      timeZone,
      password: PASSWORD,
    });
    const { faults } = device;
    const refusal = '{"WARNING":"Need user=<username>&password=<password>"}';
    return {
      adapter: new TasmotaMeter({
        meterId: 'home',
        hosts: [device.host],
        password: PASSWORD,
        clock: systemClock,
      }),
      secrets: [PASSWORD, encodeURIComponent(PASSWORD)],
      faults: [
        {
          name: 'wrong password',
          provoke: () => void faults.always({ kind: 'body', body: refusal, status: 401 }),
          expectedCodes: ['authentication'],
        },
        {
          name: 'old firmware refuses',
          provoke: () => void faults.always({ kind: 'body', body: refusal }),
          expectedCodes: ['authentication'],
        },
        {
          name: 'busy',
          provoke: () => void faults.always({ kind: 'status', status: 503 }),
          expectedCodes: ['unavailable'],
        },
        {
          name: 'captive portal',
          provoke: () => void faults.always({ kind: 'html' }),
          expectedCodes: ['malformed_response'],
        },
        {
          name: 'no sensor',
          provoke: () =>
            void faults.always({
              kind: 'rewrite',
              rewrite: (body) => body.replace('"ENERGY"', '"AM2301"'),
            }),
          expectedCodes: ['unsupported'],
        },
        {
          name: 'cut',
          provoke: () => void faults.always({ kind: 'drop' }),
          expectedCodes: ['unavailable'],
        },
        { name: 'away', provoke: () => device.refuseConnections(), expectedCodes: ['unavailable'] },
      ],
      dispose: () => device.close(),
    };
  },
  FAULTS,
);

describe('a home with Tasmota devices', () => {
  const clock = new FakeClock('2026-03-10T18:00:00Z');
  const open: { close(): Promise<void> }[] = [];

  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  async function start(options: Partial<Parameters<typeof TasmotaSimulator.start>[0]> = {}) {
    const device = await TasmotaSimulator.start({
      ...{ sources: [gridSource(household)], clock, timeZone },
      ...options,
    });
    open.push(device);
    return device;
  }

  function meterOf(devices: readonly TasmotaSimulator[], options: Partial<TasmotaMeterOptions> = {}) {
    const hosts = devices.map(({ host }) => host);
    const meter = new TasmotaMeter({ meterId: 'home', hosts, clock, ...options });
    open.push(meter);
    return meter;
  }

  const truth = () => household.powerAt(clock.now());
  const midnight = new Date('2026-03-09T23:00:00Z');

  it('shows the only device as the home, with the energy of its day', async () => {
    const device = await start();
    const { reading, warnings } = await meterOf([device]).fetchConsumption(never);
    const { gridImportKwh } = household.energyKwhBetween(midnight, clock.now());
    expect(reading).toMatchObject({ totalPowerW: truth().gridPowerW, circuits: [] });
    expect(reading.dailyKwh).toBeCloseTo(gridImportKwh, 9);
    expect(warnings).toEqual([]);
  });

  it('adds up the channels of the mains and shows each, and other devices as circuits', async () => {
    const devices = [
      await start({ sources: phaseSources(household), energyPerChannel: true, deviceName: 'Board' }),
      await start({
        sources: [circuitSource(household, 'office')],
        mac: 'A4:CF:12:00:00:02',
        deviceName: 'Office',
      }),
    ];
    const meter = meterOf(devices, { mains: devices[0]?.host ?? '' });
    const { reading } = await meter.fetchConsumption(never);
    expect(reading.totalPowerW).toBeCloseTo(truth().gridPowerW, 9);
    expect(reading.circuits.map(({ id, name, parentId }) => [id, name, parentId])).toEqual([
      ['a4:cf:12:00:00:01/1', 'Board', 'mains'],
      ['a4:cf:12:00:00:01/2', 'Board 2', 'mains'],
      ['a4:cf:12:00:00:01/3', 'Board 3', 'mains'],
      ['a4:cf:12:00:00:02', 'Office', undefined],
    ]);
    await devices[1]?.refuseConnections();
    const without = await meter.fetchConsumption(never);
    expect(without.reading.circuits.at(-1)).toMatchObject({ name: 'Office', powerW: null });
    expect(without.warnings).toHaveLength(1);
  });

  it('says that the home is unknown where nothing measures it', async () => {
    const devices = [await start(), await start({ mac: 'A4:CF:12:00:00:02' })];
    const { reading, warnings } = await meterOf(devices).fetchConsumption(never);
    expect(reading).toMatchObject({ totalPowerW: null, dailyKwh: null });
    expect(warnings.join()).toMatch(/TASMOTA_MAINS/);
  });

  it('does not believe the day of a device that does not know the time', async () => {
    const device = await start();
    device.knowsTime = false;
    const { reading } = await meterOf([device]).fetchConsumption(never);
    expect(reading).toMatchObject({ totalPowerW: truth().gridPowerW, dailyKwh: null });
  });

  it('logs in, and sends nothing but Status', async () => {
    const device = await start({ password: PASSWORD });
    const meter = meterOf([device], { password: PASSWORD });
    expect(await meter.testConnection(never)).toMatchObject({ ok: true });
    await meter.fetchConsumption(never);
    expect(device.otherCommands).toEqual([]);
    const refused = meterOf([device]).fetchConsumption(never);
    await expect(refused).rejects.toThrow(/set TASMOTA_PASSWORD/);
  });

  it.each([
    [{ hosts: [] }, /TASMOTA_HOSTS/],
    [{ hosts: ['http://x'] }, /TASMOTA_HOSTS/],
    [{ hosts: ['a', 'b'], mains: 'c' }, /TASMOTA_MAINS/],
  ])('refuses the settings %p', (settings: { hosts: string[]; mains?: string }, message) => {
    const context = {
      ...{ meterId: 'm', clock, random: () => 0, timeZone: 'UTC', onRequest: () => undefined },
      ...{
        warn: () => undefined,
        document: () => ({ load: async () => undefined, save: async () => undefined }),
      },
    };
    const { hosts, mains } = settings;
    expect(() =>
      tasmotaMeter.create({ hosts, mains, username: 'admin', password: undefined }, context),
    ).toThrow(message);
  });
});
