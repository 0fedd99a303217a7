import { isMeterError, MeterReading } from '@smart-meter/meter-adapter';
import { FakeClock, readingFaults } from '@smart-meter/meter-adapter-testkit';
import {
  phaseSources,
  ShellyGen1Simulator,
  ShellySimulator,
  ShellySimulatorOptions,
} from '@smart-meter/simulators';
import {
  household,
  makeMeter,
  MemoryStore,
  never,
  plug,
  SOLAR_CLAMP,
  START,
  THREE_CLAMPS,
  THREE_PHASES,
} from './testing/shelly-fixture';
import { ShellyMeter, ShellyMeterOptions } from './shelly-meter';

describe('a home of Shelly devices', () => {
  let clock: FakeClock;
  let open: { close(): Promise<void> }[];

  beforeEach(() => {
    clock = new FakeClock(START);
    open = [];
  });
  afterEach(async () => {
    for (const each of open.reverse()) await each.close();
  });

  async function start(options: Partial<ShellySimulatorOptions> = {}): Promise<ShellySimulator> {
    const device = await ShellySimulator.start({ channels: THREE_PHASES, clock, ...options });
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

  const truth = () => household.powerAt(clock.now());
  const read = async (meter: ShellyMeter) => (await meter.fetchConsumption(never)).reading;
  const circuit = (reading: MeterReading, name: string) => reading.circuits.find((one) => one.name === name);

  it('shows what the grid gives, phase by phase, export negative', async () => {
    const device = await start({ name: 'Mains' });
    const reading = await read(meterOf([device]));
    expect(readingFaults(reading)).toEqual([]);
    expect(truth().gridPowerW).toBeLessThan(0);
    expect(reading).toMatchObject({ totalPowerW: truth().gridPowerW, gridPowerW: truth().gridPowerW });
    expect(reading.observedAt).toEqual(clock.now());
    const phases = ['Mains A', 'Mains B', 'Mains C'].map((name) => circuit(reading, name));
    expect(phases.map((phase) => phase?.powerW)).toEqual(
      phaseSources(household).map((source) => source.powerW(clock.now())),
    );
    expect(phases.every((phase) => phase?.parentId === 'mains')).toBe(true);
  });

  it('adds solar power to the grid where a device measures it, and circuits beside', async () => {
    const devices = [
      await start({ mac: '000000000001', name: 'Mains' }),
      await start({ mac: '000000000002', name: 'Roof', channels: SOLAR_CLAMP }),
      await start({ mac: '000000000003', name: 'Kitchen', channels: plug('kitchen') }),
    ];
    const reading = await read(meterOf(devices, { solar: [devices[1]?.host ?? ''] }));
    expect(reading.totalPowerW).toBeCloseTo(truth().totalPowerW, 9);
    expect(reading.solarPowerW).toBe(truth().solarPowerW);
    expect(circuit(reading, 'Kitchen')).toMatchObject({
      id: 'shellypro3em-000000000003/switch:0',
      powerW: truth().circuits.get('kitchen'),
    });
    expect(circuit(reading, 'Roof')).toBeUndefined();
  });

  it('adds up several mains, and turns a clamp that is the wrong way round', async () => {
    const device = await start({ channels: THREE_CLAMPS });
    const mains = [0, 1, 2].map((id) => `${device.host}/em1:${id}`);
    const reading = await read(meterOf([device], { mains }));
    expect(reading.totalPowerW).toBeCloseTo(truth().gridPowerW, 9);
    expect(reading.circuits.map(({ parentId }) => parentId)).toEqual(['mains', 'mains', 'mains']);
    const turned = await read(meterOf([device], { mains: [device.host], inverted: [mains[0] ?? ''] }));
    const [a = 0, b = 0, c = 0] = phaseSources(household).map((source) => source.powerW(clock.now()));
    expect(turned.totalPowerW).toBeCloseTo(b + c - a, 9);
  });

  it('says that the home is unknown where nothing measures it, instead of making a sum of circuits', async () => {
    const device = await start({ channels: [...plug('kitchen', 'Kitchen'), ...plug('office', 'Office')] });
    const { reading, warnings } = await meterOf([device]).fetchConsumption(never);
    expect(reading).toMatchObject({ totalPowerW: null, dailyKwh: null });
    expect(circuit(reading, 'Office')?.powerW).toBe(truth().circuits.get('office'));
    expect(warnings.join()).toMatch(/SHELLY_MAINS/);
  });

  it('makes no unknown value a zero', async () => {
    const device = await start();
    const meter = meterOf([device]);
    device.override('em:0', { b_act_power: null, total_act_power: null });
    expect((await read(meter)).totalPowerW).toBeNull();
    device.override('em:0', { b_errors: ['out_of_range:active_power'] });
    const { reading, warnings } = await meter.fetchConsumption(never);
    expect(reading.totalPowerW).toBeNull();
    expect(reading.circuits.map(({ powerW }) => powerW === null)).toEqual([false, true, false]);
    expect(warnings.join()).toMatch(/phase B: out_of_range/);
    device.override('em:0', null);
    expect((await read(meter)).totalPowerW).toBeNull();
    device.override('em:0', undefined);
    expect((await read(meter)).totalPowerW).toBe(truth().gridPowerW);
  });

  it('goes on without a device that is not needed: its circuits are unknown', async () => {
    const devices = [
      await start({ mac: '000000000001' }),
      await start({ mac: '000000000002', channels: plug('office', 'Office') }),
    ];
    const meter = meterOf(devices);
    await read(meter);
    const seenAt = clock.now();
    await clock.advance(60_000);
    await devices[1]?.refuseConnections();
    const { reading, stale, warnings } = await meter.fetchConsumption(never);
    expect(reading.totalPowerW).toBe(truth().gridPowerW);
    expect(circuit(reading, 'Office')?.powerW).toBeNull();
    expect(stale).toEqual([{ sourceId: devices[1]?.host, lastReportedAt: seenAt }]);
    expect(warnings.join()).toMatch(/cannot be reached/);
  });

  it('takes no plug for the home while the real meter has not shown itself', async () => {
    const devices = [
      await start({ mac: '000000000001' }),
      await start({ mac: '000000000002', channels: plug('office') }),
    ];
    await devices[0]?.refuseConnections();
    const meter = meterOf(devices);
    await expect(read(meter)).rejects.toMatchObject({ code: 'unavailable' });
    await devices[0]?.acceptConnections();
    expect((await read(meter)).totalPowerW).toBe(truth().gridPowerW);
  });

  it('follows a change of profile', async () => {
    const device = await start();
    const meter = meterOf([device], { mains: [] });
    await read(meter);
    device.setChannels(THREE_CLAMPS);
    const { reading, warnings } = await meter.fetchConsumption(never);
    expect(reading.circuits.map(({ id }) => id.split('/')[1])).toEqual(['em1:0', 'em1:1', 'em1:2']);
    expect(warnings.join()).toMatch(/SHELLY_MAINS/);
  });

  it.each([true, false])(
    'logs in once and keeps the challenge (numeric nonces: %p)',
    async (numericNonces) => {
      const device = await start({ password: 'secret', channels: plug('kitchen') });
      device.guard.numericNonces = numericNonces;
      const meter = meterOf([device], { password: 'secret' });
      await read(meter);
      const before = device.counters.requestTotal;
      await read(meter);
      expect(device.counters.requestTotal - before).toBe(1);
      device.guard.expireNonces();
      await read(meter);
      expect(device.guard.failedLogins).toBe(0);
      expect(device.counters.requestTotal - before).toBe(3);
    },
  );

  it('does not take a device that forgets its challenges for one with another password', async () => {
    const device = await start({ password: 'secret', channels: plug('kitchen') });
    const challenge = 'Digest qop="auth", realm="r", nonce="bm9uY2U=", algorithm=SHA-256, stale=true';
    const meter = meterOf([device], { password: 'secret' });
    device.faults.next(
      { kind: 'status', status: 401, headers: { 'www-authenticate': challenge } },
      { path: /rpc/, times: 3 },
    );
    await expect(read(meter)).rejects.toMatchObject({ code: 'rate_limited', retryable: true });
    expect((await read(meter)).totalPowerW).toBe(truth().circuits.get('kitchen'));
  });

  it('tries a wrong password once and then leaves the device alone for ten minutes', async () => {
    const device = await start({ password: 'secret' });
    device.guard.lockedAfter = 3;
    const meter = meterOf([device], { password: 'guess' });
    for (let tried = 0; tried < 5; tried += 1) {
      await expect(read(meter)).rejects.toMatchObject({ code: 'authentication', retryable: false });
    }
    expect(device.guard.failedLogins).toBe(1);
    await clock.advance(11 * 60_000);
    await expect(read(meter)).rejects.toMatchObject({ code: 'authentication' });
    expect(device.guard.failedLogins).toBe(2);
    await expect(read(meterOf([device]))).rejects.toThrow(/set SHELLY_PASSWORD/);
  });

  it('reads an EM and a 3EM of the first generation', async () => {
    const sources = phaseSources(household);
    const old = await ShellyGen1Simulator.start({ sources, clock, password: 'secret', name: 'Old' });
    open.push(old);
    const meter = meterOf([old], { password: 'secret' });
    const reading = await read(meter);
    expect(reading.totalPowerW).toBeCloseTo(truth().gridPowerW, 9);
    expect(reading.circuits.map(({ name, powerW }) => [name, powerW])).toEqual(
      sources.map((source, index) => [`Old ${index + 1}`, source.powerW(clock.now())]),
    );
    old.overrides.set(1, { is_valid: false });
    const { reading: partly, warnings } = await meter.fetchConsumption(never);
    expect(partly.totalPowerW).toBeNull();
    expect(warnings.join()).toMatch(/emeter:1/);
    const past = meter.fetchHistory({ from: new Date(0), to: clock.now() }, never);
    await expect(past[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('knows the energy of today at the first start, from the records, and over a restart', async () => {
    const device = await start();
    const dailyEnergyStore = new MemoryStore();
    const midnight = new Date('2026-06-19T22:00:00Z');
    const wanted = () => {
      const { gridImportKwh, gridExportKwh } = household.energyKwhBetween(midnight, clock.now());
      return gridImportKwh - gridExportKwh;
    };
    const meter = meterOf([device], { dailyEnergyStore });
    let dailyKwh: number | null | undefined = null;
    for (let tried = 0; dailyKwh === null && tried < 200; tried += 1) dailyKwh = (await read(meter)).dailyKwh;
    expect(dailyKwh).toBeCloseTo(wanted(), 6);
    await clock.advance(3_600_000);
    device.faults.always({ kind: 'status', status: 500 }, { path: /Data/ });
    const second = await read(meterOf([device], { dailyEnergyStore }));
    expect(second.dailyKwh).toBeCloseTo(wanted(), 6);
    const forgetful = await read(meterOf([device]));
    expect(forgetful.dailyKwh).toBeNull();
  });

  it('says what each channel is used for', async () => {
    const devices = [
      await start({ mac: '000000000001' }),
      await start({ mac: '000000000002', channels: plug('office', 'Office') }),
    ];
    const sources = await meterOf(devices).describeSources(never);
    expect(sources.map(({ sourceId, role }) => [sourceId, role])).toEqual([
      [`${devices[0]?.host}/em:0`, 'home'],
      [`${devices[1]?.host}/switch:0`, 'circuit'],
    ]);
    await devices[1]?.refuseConnections();
    const meter = meterOf(devices, { mains: [devices[0]?.host ?? ''] });
    const partly = await meter.describeSources(never);
    expect(partly.map(({ sourceId, role }) => [sourceId, role])).toEqual([
      [`${devices[0]?.host}/em:0`, 'home'],
      [devices[1]?.host, 'none'],
    ]);
    await devices[0]?.refuseConnections();
    await expect(meter.describeSources(never)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it.each([
    [{ hosts: ['http://192.0.2.10'] }, /SHELLY_HOSTS/],
    [{ hosts: ['192.0.2.10'], mains: ['192.0.2.11/em:0'] }, /192\.0\.2\.11/],
  ])('refuses the settings %p', (options, message) => {
    let error: unknown;
    try {
      makeMeter(clock, options.hosts, options);
    } catch (caught) {
      error = caught;
    }
    expect(isMeterError(error) && error.code).toBe('configuration');
    expect(String(error)).toMatch(message);
  });
});
