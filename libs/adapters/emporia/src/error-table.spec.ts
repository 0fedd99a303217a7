import { MeterError } from '@smart-meter/meter-adapter';
import { errorFaults } from '@smart-meter/meter-adapter-testkit';
import { Fault } from '@smart-meter/simulators';
import { EmporiaMeter } from './emporia-meter';
import { collectHistory } from './testing/collect-history';
import { EMAIL, PASSWORD, SimulatedCloud, startCloud } from './testing/simulated-cloud';

// A machine that is busy with other things is no fault.
jest.setTimeout(60_000);

const signal = new AbortController().signal;
const MINUTE_MS = 60_000;

/** What Emporia answers when something is wrong, and what is then done about it. */
describe('every refusal of Emporia', () => {
  let cloud: SimulatedCloud;
  let meter: EmporiaMeter;

  beforeEach(async () => {
    cloud = await startCloud();
    meter = cloud.meter();
  });
  afterEach(() => cloud.simulator.close());

  const usage = { path: /AppAPI/ };
  const count = (name: string) => cloud.simulator.counters.requestsByName.get(name) ?? 0;
  const usageRequests = () => count('GET /AppAPI');
  const answer = (status: number, message: string): Fault => ({
    kind: 'status',
    status,
    body: JSON.stringify({ message }),
    headers: { 'content-type': 'application/json' },
  });
  const failure = async (): Promise<MeterError> => {
    const error: unknown = await meter.fetchConsumption(signal).then(
      () => new Error('no error'),
      (caught: unknown) => caught,
    );
    const { idToken = PASSWORD, refreshToken = PASSWORD } = cloud.tokenStore.tokens ?? {};
    expect(errorFaults(error, [EMAIL, PASSWORD, idToken, refreshToken])).toEqual([]);
    return error as MeterError;
  };
  const nextMinute = () => cloud.clock.advance(MINUTE_MS);

  it('400 on a wrong request: not repeated within the cycle, and less and less often after it', async () => {
    cloud.simulator.faults.always(answer(400, "Text 'x' could not be parsed at index 0"), usage);
    expect(await failure()).toMatchObject({ code: 'unsupported', retryable: false });
    expect(usageRequests()).toBe(1);
    for (let minute = 0; minute < 60; minute += 1) {
      nextMinute();
      await failure();
    }
    expect(usageRequests()).toBeLessThan(15);
  });

  it('400 on a chart: an empty answer that is not asked for again', async () => {
    const range = { from: new Date('2026-06-15T08:00:00Z'), to: new Date('2026-06-15T09:00:00Z') };
    await meter.fetchConsumption(signal);
    cloud.simulator.faults.always(answer(400, 'Unknown channel'), usage);
    const chunks = await collectHistory(meter, range);
    expect(chunks.flatMap(({ readings }) => readings)).toEqual([]);
    const asked = usageRequests();
    expect(asked).toBeGreaterThan(2);
    await collectHistory(meter, range);
    expect(usageRequests()).toBe(asked);
    cloud.simulator.faults.clear();
    nextMinute();
    expect((await meter.fetchConsumption(signal)).reading.totalPowerW).not.toBeNull();
  });

  it('400 on the customer and on the location properties: neither is asked for', async () => {
    cloud.simulator.faults.always(answer(400, 'Bad Request'), { path: /^\/customers$|locationProperties/ });
    expect(await meter.testConnection(signal)).toMatchObject({ ok: true });
    expect([count('GET /customers'), count('GET /devices/120001/locationProperties')]).toEqual([0, 0]);
  });

  it('401 Unauthorized: the token is refreshed and the request made once more', async () => {
    await meter.fetchConsumption(signal);
    cloud.simulator.userPool.expireIdTokens();
    nextMinute();
    expect((await meter.fetchConsumption(signal)).reading.totalPowerW).not.toBeNull();
    expect(cloud.simulator.userPool.passwordLogIns).toBe(1);
    expect(meter.requestCounts().auth.total).toBe(2);
  });

  it('401 Unauthorized even then: an authentication error, after two requests', async () => {
    cloud.simulator.faults.always(answer(401, 'Unauthorized'), usage);
    expect(await failure()).toMatchObject({
      code: 'authentication',
      message: expect.stringContaining('Emporia app'),
    });
    expect(usageRequests()).toBe(2);
  });

  it('401 for a device that is gone: the list is read anew, no token is refreshed', async () => {
    await meter.fetchConsumption(signal);
    cloud.devices.pop();
    nextMinute();
    const { reading } = await meter.fetchConsumption(signal);
    expect(reading.totalPowerW).not.toBeNull();
    expect(reading.circuits.map(({ id }) => id)).not.toContain('120045/mains');
    expect(meter.requestCounts()).toMatchObject({ inventory: { total: 2 }, auth: { total: 1 } });
  });

  it('401 for a device that the list still has: that device alone is dropped, and for good', async () => {
    cloud.simulator.faults.always(
      { kind: 'rewrite', rewrite: (body) => body.replaceAll('"deviceGid":120045', '"deviceGid":999999') },
      { path: /customers\/devices/ },
    );
    const { reading } = await meter.fetchConsumption(signal);
    expect(reading.totalPowerW).not.toBeNull();
    expect(reading.circuits.map(({ id }) => id)).not.toContain('999999/mains');
    const { total } = meter.requestCounts().usage;
    nextMinute();
    await meter.fetchConsumption(signal);
    expect(meter.requestCounts().usage.total).toBe(total + 1);
  });

  it('401 for every device: says that they are no longer shared', async () => {
    cloud.simulator.faults.always(
      answer(401, `${EMAIL} is not authorized on the requested deviceGid`),
      usage,
    );
    expect(await failure()).toMatchObject({
      code: 'authentication',
      message: expect.stringContaining('shared'),
    });
  });

  it('401 for a device within the history: the list is read anew and the rest is a retry away', async () => {
    await meter.fetchConsumption(signal);
    const range = { from: new Date('2026-06-15T08:00:00Z'), to: new Date('2026-06-15T09:00:00Z') };
    cloud.devices.pop();
    await expect(collectHistory(meter, range)).rejects.toMatchObject({
      retryable: true,
    });
    const chunks = await collectHistory(meter, range);
    expect(chunks.flatMap(({ readings }) => readings)).toHaveLength(60);
  });

  it('403 Missing Authentication Token: not retried, names the other host', async () => {
    cloud.simulator.faults.always(answer(403, 'Missing Authentication Token'), usage);
    expect(await failure()).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('other host'),
    });
    expect(usageRequests()).toBe(1);
  });

  it('403 otherwise: an account that is not in order', async () => {
    cloud.simulator.faults.always(answer(403, 'Forbidden'), usage);
    expect(await failure()).toMatchObject({ code: 'authentication', retryable: false });
  });

  it.each([404, 499, 500, 502, 503, 504])(
    '%d now and then: asked again at once, the minute is not lost',
    async (status) => {
      cloud.simulator.faults.next([answer(status, 'sporadic'), answer(status, 'sporadic')], usage);
      expect((await meter.fetchConsumption(signal)).reading.totalPowerW).not.toBeNull();
      expect(cloud.clock.waits).toEqual([750, 1500]);
    },
  );

  it.each([404, 500, 502, 503, 504])(
    '%d for long: fewer and fewer requests, a look at the maintenance flag',
    async (status) => {
      cloud.simulator.faults.always(answer(status, 'down'), usage);
      const end = cloud.clock.now().getTime() + 3_600_000;
      while (cloud.clock.now().getTime() < end) {
        expect(await failure()).toMatchObject({ code: 'unavailable', retryable: true });
        nextMinute();
      }
      expect(usageRequests()).toBeLessThan(45);
      expect(count('GET /maintenance.json')).toBeGreaterThan(0);
      expect(count('GET /maintenance.json')).toBeLessThanOrEqual(6);
      cloud.simulator.faults.clear();
      cloud.clock.advance(15 * MINUTE_MS);
      expect((await meter.fetchConsumption(signal)).reading.totalPowerW).not.toBeNull();
    },
  );

  it('says that it is held off, and for how long, without asking', async () => {
    cloud.simulator.faults.always(answer(503, 'down'), usage);
    await failure();
    const asked = usageRequests();
    expect(await failure()).toMatchObject({ code: 'unavailable', retryAfterMs: expect.any(Number) });
    expect(usageRequests()).toBe(asked);
  });

  it('maintenance: says so', async () => {
    cloud.simulator.maintenance = true;
    cloud.simulator.faults.always(answer(503, 'down'), usage);
    expect(await failure()).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('maintenance'),
      retryAfterMs: 600_000,
    });
  });

  it.each([
    ['absent, as in normal running', answer(404, '')],
    ['a page', { kind: 'html' }],
    ['something else', { kind: 'body', body: '{"msg":"up"}' }],
    ['cut off', { kind: 'drop' }],
  ] as [string, Fault][])('a maintenance flag that is %s is none', async (_name, fault) => {
    cloud.simulator.faults.always(fault, { path: /maintenance/ });
    cloud.simulator.faults.always(answer(503, 'down'), usage);
    expect((await failure()).message).not.toContain('maintenance');
  });

  it('no probe of the maintenance flag as long as all is well', async () => {
    await meter.fetchConsumption(signal);
    expect(count('GET /maintenance.json')).toBe(0);
  });

  it('200 with an empty body: no data, no error, nothing turned into a zero', async () => {
    cloud.simulator.faults.always({ kind: 'body', body: '' }, usage);
    const { reading, warnings } = await meter.fetchConsumption(signal);
    expect(reading).toMatchObject({ totalPowerW: null, gridPowerW: null });
    expect(reading.circuits.every(({ powerW }) => powerW === null)).toBe(true);
    expect(warnings).toContain('Emporia has no data for this minute yet.');
  });

  it('200 with nothing but null: the same, and the next minute is asked for later', async () => {
    const callOff = cloud.simulator.faults.always(
      { kind: 'rewrite', rewrite: (body) => body.replaceAll(/"usage":-?[\d.e-]+/g, '"usage":null') },
      usage,
    );
    expect((await meter.fetchConsumption(signal)).reading.totalPowerW).toBeNull();
    callOff();
    nextMinute();
    const { reading } = await meter.fetchConsumption(signal);
    expect(reading.totalPowerW).not.toBeNull();
    expect(cloud.clock.now().getTime() - reading.observedAt.getTime()).toBeGreaterThanOrEqual(MINUTE_MS);
  });

  it('a read time-out: asked again, then held off', async () => {
    cloud.simulator.faults.next({ kind: 'drop' }, { ...usage, times: 2 });
    expect((await meter.fetchConsumption(signal)).reading.totalPowerW).not.toBeNull();
    nextMinute();
    cloud.simulator.faults.always({ kind: 'truncate', afterBytes: 30 }, usage);
    expect(await failure()).toMatchObject({ code: 'unavailable' });
  });

  it('429: honours Retry-After', async () => {
    cloud.simulator.faults.next({ kind: 'status', status: 429, retryAfterS: 600 }, usage);
    expect(await failure()).toMatchObject({ code: 'rate_limited', retryAfterMs: 600_000 });
    for (let minute = 0; minute < 9; minute += 1) {
      nextMinute();
      expect(await failure()).toMatchObject({ code: 'rate_limited' });
    }
    expect(usageRequests()).toBe(1);
    nextMinute();
    expect((await meter.fetchConsumption(signal)).reading.totalPowerW).not.toBeNull();
  });

  it('a day of energy that cannot be had costs a warning and not the minute', async () => {
    cloud.simulator.faults.next([null, answer(400, 'no')], usage);
    const { reading, warnings } = await meter.fetchConsumption(signal);
    expect(reading.totalPowerW).not.toBeNull();
    expect(reading.dailyKwh).toBeUndefined();
    expect(warnings).toContainEqual(expect.stringContaining('energy of the day'));
  });

  it('a list of devices that cannot be renewed: the known one serves on', async () => {
    await meter.fetchConsumption(signal);
    cloud.clock.advance(7 * 3_600_000);
    cloud.simulator.faults.next(answer(503, 'sporadic'), { path: /customers\/devices/, times: 3 });
    await meter.fetchConsumption(signal).catch(() => undefined);
    nextMinute();
    expect((await meter.fetchConsumption(signal)).reading.totalPowerW).not.toBeNull();
  });
});

describe('the modern host', () => {
  it('tells a device that is gone in its own words, which mean the same', async () => {
    const cloud = await startCloud();
    const meter = cloud.meter({ host: 'modern' });
    await meter.fetchConsumption(signal);
    cloud.devices.pop();
    cloud.clock.advance(MINUTE_MS);
    const { reading } = await meter.fetchConsumption(signal);
    expect(reading.circuits.map(({ id }) => id)).not.toContain('120045/mains');
    expect(meter.requestCounts()).toMatchObject({ inventory: { total: 2 }, auth: { total: 1 } });
    await cloud.simulator.close();
  });
});
