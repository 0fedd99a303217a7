import { HistoryChunk, TimeRange } from '@smart-meter/meter-adapter';
import { FakeClock, readingFaults } from '@smart-meter/meter-adapter-testkit';
import { ShellyChannel, ShellySimulator, ShellySimulatorOptions } from '@smart-meter/simulators';
import {
  household,
  makeMeter,
  never,
  plug,
  SOLAR_CLAMP,
  START,
  THREE_CLAMPS,
  THREE_PHASES,
} from '../testing/shelly-fixture';
import { ShellyMeter, ShellyMeterOptions } from '../shelly-meter';

const MINUTE_MS = 60_000;
const minutesBefore = (minutes: number) => new Date(new Date(START).getTime() - minutes * MINUTE_MS);

describe('stored records of Shelly devices', () => {
  let clock: FakeClock;
  let open: { close(): Promise<void> }[];

  beforeEach(() => {
    clock = new FakeClock(new Date(new Date(START).getTime() + 20_000));
    open = [];
  });
  afterEach(async () => {
    for (const each of open.reverse()) await each.close();
  });

  async function start(
    channels: readonly ShellyChannel[],
    options: Partial<ShellySimulatorOptions> = {},
  ): Promise<ShellySimulator> {
    const device = await ShellySimulator.start({ channels, clock, rowsPerAnswer: 50, ...options });
    open.push(device);
    return device;
  }

  function meterOf(
    hosts: readonly { host: string }[],
    options: Partial<ShellyMeterOptions> = {},
  ): ShellyMeter {
    const meter = makeMeter(
      clock,
      hosts.map(({ host }) => host),
      options,
    );
    open.push(meter);
    return meter;
  }

  async function fetched(meter: ShellyMeter, range: TimeRange): Promise<HistoryChunk[]> {
    const chunks: HistoryChunk[] = [];
    for await (const chunk of meter.fetchHistory(range, never)) chunks.push(chunk);
    return chunks;
  }

  const readingsOf = (chunks: readonly HistoryChunk[]) => chunks.flatMap(({ readings }) => readings);
  const unavailableOf = (chunks: readonly HistoryChunk[]) => chunks.flatMap(({ unavailable }) => unavailable);
  const meanGridW = (to: Date) => {
    const { gridImportKwh, gridExportKwh } = household.energyKwhBetween(
      new Date(to.getTime() - MINUTE_MS),
      to,
    );
    return (gridImportKwh - gridExportKwh) * 60_000;
  };

  it.each([
    ['three phases', THREE_PHASES],
    ['three clamps', THREE_CLAMPS],
  ])('gives every minute of %s once, with the true mean', async (_name, channels) => {
    const device = await start(channels);
    const chunks = await fetched(meterOf([device], { mains: [device.host] }), {
      from: minutesBefore(600.5),
      to: minutesBefore(0.25),
    });
    const readings = readingsOf(chunks);
    expect(readings).toHaveLength(600);
    expect(readings.flatMap(readingFaults)).toEqual([]);
    expect(unavailableOf(chunks)).toEqual([]);
    for (const { observedAt, averagedOverS, totalPowerW, circuits } of readings) {
      expect(averagedOverS).toBe(60);
      expect(totalPowerW).toBeCloseTo(meanGridW(observedAt), 6);
      expect(circuits).toHaveLength(3);
    }
  });

  it('puts the devices of a home together, solar power included; a plug without a memory stays out', async () => {
    const devices = [
      await start(THREE_PHASES, { mac: '000000000001' }),
      await start(SOLAR_CLAMP, { mac: '000000000002' }),
      await start(plug('office'), { mac: '000000000003' }),
    ];
    const chunks = await fetched(meterOf(devices, { solar: [devices[1]?.host ?? ''] }), {
      from: minutesBefore(60),
      to: minutesBefore(1),
    });
    for (const { observedAt, totalPowerW, solarPowerW, circuits } of readingsOf(chunks)) {
      const from = new Date(observedAt.getTime() - MINUTE_MS);
      const { totalKwh, solarKwh } = household.energyKwhBetween(from, observedAt);
      expect(totalPowerW).toBeCloseTo(totalKwh * 60_000, 6);
      expect(solarPowerW).toBeCloseTo((solarKwh ?? NaN) * 60_000, 6);
      expect(circuits.every(({ parentId }) => parentId === 'mains')).toBe(true);
    }
    expect(readingsOf(chunks)).toHaveLength(59);
  });

  it('names what the device never recorded, and makes nothing up for it', async () => {
    const device = await start(THREE_PHASES);
    device.records.lose(minutesBefore(40), minutesBefore(30));
    const chunks = await fetched(meterOf([device]), { from: minutesBefore(60), to: minutesBefore(10) });
    expect(readingsOf(chunks)).toHaveLength(40);
    expect(unavailableOf(chunks).map(({ range }) => range)).toEqual([
      { from: minutesBefore(40), to: minutesBefore(30) },
    ]);
  });

  it('says nothing of the home for minutes that one of several mains lacks', async () => {
    const devices = [
      await start(THREE_CLAMPS.slice(0, 2), { mac: '000000000001' }),
      await start(THREE_CLAMPS.slice(2), { mac: '000000000002' }),
    ];
    devices[1]?.records.lose(minutesBefore(40), minutesBefore(30));
    const mains = devices.map(({ host }) => host);
    const chunks = await fetched(meterOf(devices, { mains }), {
      from: minutesBefore(60),
      to: minutesBefore(10),
    });
    const silent = readingsOf(chunks).filter(({ totalPowerW }) => totalPowerW === undefined);
    expect(silent).toHaveLength(10);
    expect(silent.every(({ circuits }) => circuits.length === 2)).toBe(true);
    expect(unavailableOf(chunks)).toHaveLength(1);
  });

  it('tells in one step what is older than the memory', async () => {
    const device = await start(THREE_PHASES, { installedAt: minutesBefore(30) });
    const before = device.counters.requestTotal;
    const chunks = await fetched(meterOf([device]), { from: minutesBefore(10 * 1440), to: minutesBefore(1) });
    expect(chunks[0]).toMatchObject({
      range: { from: minutesBefore(10 * 1440), to: minutesBefore(30) },
      readings: [],
    });
    expect(readingsOf(chunks)).toHaveLength(29);
    expect(device.counters.requestTotal - before).toBeLessThan(10);
  });

  it('waits for a minute that is not written yet, after handing out those before', async () => {
    const device = await start(THREE_PHASES);
    device.records.lose(minutesBefore(1), minutesBefore(0));
    const chunks: HistoryChunk[] = [];
    const range = { from: minutesBefore(10), to: minutesBefore(0) };
    const run = async () => {
      for await (const chunk of meterOf([device]).fetchHistory(range, never)) chunks.push(chunk);
    };
    await expect(run()).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: MINUTE_MS });
    expect(readingsOf(chunks)).toHaveLength(9);
    expect(chunks.at(-1)?.range.to).toEqual(minutesBefore(1));
    await clock.advance(5 * MINUTE_MS);
    const rest = await fetched(meterOf([device]), { from: minutesBefore(1), to: minutesBefore(0) });
    expect(unavailableOf(rest)).toHaveLength(1);
  });

  it('waits for a device of circuits, but not for ever', async () => {
    const devices = [
      await start(THREE_PHASES, { mac: '000000000001' }),
      await start(SOLAR_CLAMP, { mac: '000000000002' }),
    ];
    const meter = meterOf(devices);
    await meter.fetchConsumption(never);
    await devices[1]?.refuseConnections();
    const range = { from: minutesBefore(10), to: minutesBefore(1) };
    await expect(fetched(meter, range)).rejects.toMatchObject({ code: 'unavailable' });
    await clock.advance(2 * 3_600_000);
    const readings = readingsOf(await fetched(meter, range));
    expect(readings).toHaveLength(9);
    expect(readings.every(({ totalPowerW }) => typeof totalPowerW === 'number')).toBe(true);
  });

  it('has nothing to say of less than a minute', async () => {
    const device = await start(THREE_PHASES);
    const range = {
      from: new Date(minutesBefore(5).getTime() + 5_000),
      to: new Date(minutesBefore(5).getTime() + 50_000),
    };
    expect(await fetched(meterOf([device]), range)).toEqual([{ range, readings: [], unavailable: [] }]);
  });

  it('is not led round in circles by a page that leads nowhere', async () => {
    const device = await start(THREE_PHASES);
    device.faults.always(
      { kind: 'rewrite', rewrite: (body) => body.replace(/"next_record_ts":\d+/, '"next_record_ts":1') },
      { path: /GetData/ },
    );
    const chunks = await fetched(meterOf([device]), { from: minutesBefore(200), to: minutesBefore(5) });
    expect(readingsOf(chunks).length).toBeLessThan(60);
    expect(unavailableOf(chunks)).toHaveLength(1);
  });
});
