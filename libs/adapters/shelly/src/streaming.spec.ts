import { keepStreaming, MeterReading } from '@smart-meter/meter-adapter';
import { FakeClock, readingFaults, until } from '@smart-meter/meter-adapter-testkit';
import {
  phaseSources,
  ShellyGen1Simulator,
  ShellySimulator,
  ShellySimulatorOptions,
} from '@smart-meter/simulators';
import {
  household,
  makeMeter,
  never,
  plug,
  recorder,
  Recorder,
  START,
  THREE_CLAMPS,
  THREE_PHASES,
} from './testing/shelly-fixture';
import { ShellyMeter, ShellyMeterOptions } from './shelly-meter';

describe('live data of Shelly devices', () => {
  let clock: FakeClock;
  let stop: AbortController;
  let open: { close(): Promise<void> }[];

  beforeEach(() => {
    clock = new FakeClock(START);
    stop = new AbortController();
    open = [];
  });
  afterEach(async () => {
    stop.abort();
    for (const each of open.reverse()) await each.close();
  });

  async function start(options: Partial<ShellySimulatorOptions> = {}): Promise<ShellySimulator> {
    const device = await ShellySimulator.start({ channels: THREE_PHASES, clock, ...options });
    open.push(device);
    return device;
  }

  function stream(devices: readonly { host: string }[], options: Partial<ShellyMeterOptions> = {}) {
    const meter = makeMeter(
      clock,
      devices.map(({ host }) => host),
      options,
    );
    open.push(meter);
    const listener = recorder();
    const ended = meter.stream(listener, stop.signal).then(
      () => 'stopped',
      (error: unknown) => error,
    );
    return { meter, listener, ended };
  }

  const gridW = () => household.powerAt(clock.now()).gridPowerW;
  const lastCircuit = ({ readings }: Recorder, id: string) =>
    readings.flatMap(({ circuits }) => circuits.filter((circuit) => circuit.id.endsWith(id))).at(-1);

  async function second(device: ShellySimulator, { readings }: Recorder): Promise<MeterReading | undefined> {
    const before = readings.length;
    await clock.advance(1000);
    device.pushUpdate();
    await until(() => readings.length > before);
    return readings.at(-1);
  }

  it.each([false, true])(
    'tells every second until told to stop (numeric nonces: %p)',
    async (numericNonces) => {
      const device = await start({ password: 'secret' });
      device.guard.numericNonces = numericNonces;
      const { listener, ended } = stream([device], { password: 'secret' });
      await until(() => listener.readings.length > 0);
      for (let count = 0; count < 120; count += 1) {
        const reading = await second(device, listener);
        expect(reading).toMatchObject({ observedAt: clock.now(), totalPowerW: gridW(), provenance: 'live' });
      }
      expect(listener.readings.flatMap(readingFaults)).toEqual([]);
      expect(listener.connected).toBe(1);
      stop.abort();
      expect(await ended).toBe('stopped');
      await until(() => device.openStreams === 0);
    },
  );

  it('puts partial updates on top of what it knows', async () => {
    const device = await start();
    const { listener } = stream([device]);
    await until(() => listener.readings.length > 0);
    device.override('em:0', { a_act_power: 1000, b_act_power: 200, c_act_power: -50 });
    expect(await second(device, listener)).toMatchObject({ totalPowerW: 1150 });
    device.override('em:0', { a_act_power: 1000, b_act_power: 200, c_act_power: -60, total_act_power: 1 });
    expect(await second(device, listener)).toMatchObject({ totalPowerW: 1140 });
    expect(lastCircuit(listener, '/c')?.powerW).toBe(-60);
    device.override('em:0', null);
    expect(await second(device, listener)).toMatchObject({ totalPowerW: null });
  });

  it.each([
    ['cut', (device: ShellySimulator) => device.dropConnections(), 'unavailable'],
    [
      'a configuration change',
      (device: ShellySimulator) => device.pushEvent({ component: 'em:0', event: 'config_changed' }),
      'unavailable',
    ],
    ['another profile', (device: ShellySimulator) => device.setChannels(THREE_CLAMPS), 'unavailable'],
  ])('ends with a retryable error after %s', async (_name, provoke, code) => {
    const device = await start();
    const { listener, ended } = stream([device]);
    await until(() => listener.readings.length > 0);
    provoke(device);
    expect(await ended).toMatchObject({ code, retryable: true });
  });

  it.each([
    ['no JSON', '{"id":', 'malformed_response'],
    ['an array', '[1]', 'malformed_response'],
    ['an error of its own', '{"id":1,"error":{"code":-114,"message":"x"}}', 'unavailable'],
    ['too many requests', '{"id":1,"error":{"code":429,"message":"x"}}', 'rate_limited'],
    ['a challenge without a nonce', '{"id":1,"error":{"code":401,"message":"{}"}}', 'malformed_response'],
  ])('ends with a typed error when the first answer is %s', async (_name, body, code) => {
    const device = await start();
    device.faults.next({ kind: 'body', body }, { command: /GetStatus/ });
    const { ended } = stream([device], { password: 'secret' });
    expect(await ended).toMatchObject({ code });
  });

  it('notices a device that says nothing at first, and one that has vanished', async () => {
    const device = await start();
    device.faults.next({ kind: 'hang' }, { command: /GetStatus/ });
    const silent = stream([device]);
    await until(() => !device.faults.pending);
    await clock.advance(11_000);
    expect(await silent.ended).toMatchObject({ code: 'unavailable' });
    const vanished = stream([device]);
    await until(() => vanished.listener.readings.length > 0);
    device.freezeConnections();
    await clock.advance(5 * 60_000);
    expect(await vanished.ended).toMatchObject({ code: 'unavailable' });
  });

  it('does not try a refused password again', async () => {
    const device = await start({ password: 'secret' });
    const { meter, ended } = stream([device], { password: 'guess' });
    expect(await ended).toMatchObject({ code: 'authentication', retryable: false });
    await expect(meter.fetchConsumption(never)).rejects.toMatchObject({ code: 'authentication' });
    expect(device.guard.failedLogins).toBe(1);
  });

  it('tries again where a busy device has forgotten its challenge', async () => {
    const device = await start({ password: 'secret' });
    const challenge = '{"realm":"r","nonce":"bm9uY2U=","algorithm":"SHA-256"}';
    const body = (id: number) => JSON.stringify({ id, error: { code: 401, message: challenge } });
    device.faults.next(
      [
        { kind: 'body', body: body(1) },
        { kind: 'body', body: body(2) },
      ],
      { command: /GetStatus/ },
    );
    const { ended } = stream([device], { password: 'secret' });
    expect(await ended).toMatchObject({ code: 'unavailable', retryable: true, retryAfterMs: 60_000 });
  });

  it('does not believe a clock that is far off', async () => {
    const warnings: string[] = [];
    const device = await start();
    device.clockOffsetMs = -86_400_000;
    const { listener } = stream([device], { warn: (message) => warnings.push(message) });
    await until(() => listener.readings.length > 0);
    for (let count = 0; count < 3; count += 1) {
      expect((await second(device, listener))?.observedAt).toEqual(clock.now());
    }
    expect(warnings).toHaveLength(1);
  });

  it('makes the circuits of a plug unknown that goes away, and takes it in again when it is back', async () => {
    const mains = await start({ mac: '000000000001' });
    const outlet = await start({ mac: '000000000002', channels: plug('office') });
    const { meter, listener, ended } = stream([mains, outlet]);
    await until(() => listener.readings.length > 0);
    expect(lastCircuit(listener, 'switch:0')?.powerW).toBe(
      household.powerAt(clock.now()).circuits.get('office'),
    );
    await outlet.refuseConnections();
    await until(() => lastCircuit(listener, 'switch:0')?.powerW === null);
    expect(await second(mains, listener)).toMatchObject({ totalPowerW: gridW() });
    await meter.fetchConsumption(never);
    await outlet.acceptConnections();
    await meter.fetchConsumption(never);
    expect(await ended).toMatchObject({ code: 'unavailable', retryable: true });
  });

  it('answers polls from the stream, without asking the device again', async () => {
    const device = await start();
    const { meter, listener } = stream([device]);
    await until(() => listener.readings.length > 0);
    await meter.fetchConsumption(never);
    await second(device, listener);
    const before = device.counters.requestTotal;
    expect((await meter.fetchConsumption(never)).reading).toMatchObject({
      observedAt: clock.now(),
      totalPowerW: gridW(),
    });
    expect(device.counters.requestTotal).toBe(before);
  });

  it('asks a device of the first generation every ten seconds', async () => {
    const old = await ShellyGen1Simulator.start({ sources: phaseSources(household), clock });
    open.push(old);
    const { listener } = stream([old]);
    await until(() => listener.readings.length === 1);
    for (let count = 2; count < 5; count += 1) {
      await until(() => clock.sleeping > 0);
      await clock.advance(10_000);
      await until(() => listener.readings.length === count);
      expect(listener.readings.at(-1)?.totalPowerW).toBeCloseTo(gridW(), 9);
    }
  });

  it('comes back by itself after every loss', async () => {
    const device = await start();
    const meter: ShellyMeter = makeMeter(clock, [device.host]);
    open.push(meter);
    const listener = recorder();
    const kept = keepStreaming(meter, listener, { clock, signal: stop.signal, random: () => 0 });
    for (let connection = 1; connection <= 3; connection += 1) {
      await until(() => listener.connected === connection && device.openStreams === 1);
      device.dropConnections();
      await until(() => device.openStreams === 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await clock.advance(2_000);
    }
    await until(() => listener.connected === 4);
    stop.abort();
    await kept;
  });
});
