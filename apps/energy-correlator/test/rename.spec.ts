import { waitFor } from '@smart-meter/meter-adapter-testkit';
import { HomeAssistantSimulator, RecorderOptions } from '@smart-meter/simulators';
import { Journal } from '@smart-meter/journal';
import { MeterError } from '@smart-meter/meter-adapter';
import { AnswerStore } from '../src/correlation/answer-store';
import { backfill } from '../src/operations/backfill';
import { EntityNames } from '../src/events/entity-names';
import { FakeSmartMeter } from './support/fake-smart-meter';
import { RunningCorrelator, temporaryFolder } from './support/running-correlator';
import { SimulatedTime } from './support/simulated-time';

const START = new Date('2026-03-01T10:00:00Z');
const LOADS = { lamp: 60, heater: 900 };
type Load = keyof typeof LOADS;

interface Correlation {
  event_id: string;
  entity_id: string;
  state: string;
  power_delta_w: number | null;
  expected_w: number | null;
  co_events: { event_id: string; entity_id: string }[];
}

jest.setTimeout(60_000);

describe('a renamed entity', () => {
  let clock: SimulatedTime;
  let homeAssistant: HomeAssistantSimulator;
  let smartMeter: FakeSmartMeter;
  let service: RunningCorrelator;
  let dataDir: string;
  /** Every time that a load was switched. */
  let switched: { load: Load; atMs: number; isOn: boolean }[];
  let nameOf: Record<Load, string>;

  async function setUp(recorder: RecorderOptions = {}, lamp = 'light.desk'): Promise<void> {
    clock = new SimulatedTime(START);
    dataDir = temporaryFolder();
    switched = [];
    nameOf = { lamp, heater: 'switch.heater' };
    homeAssistant = await HomeAssistantSimulator.start({ clock, followClock: false, recorder });
    homeAssistant.setEntities([
      { entityId: nameOf.lamp, state: 'off' },
      { entityId: nameOf.heater, state: 'off' },
    ]);
    smartMeter = await FakeSmartMeter.start({ everyS: 5, clock, powerAt });
    await start();
  }

  afterEach(async () => {
    await service?.stop();
    await Promise.all([homeAssistant.close(), smartMeter.stop()]);
  });

  function environment(): Record<string, string> {
    return {
      HOME_ASSISTANT_URL: homeAssistant.url,
      HOME_ASSISTANT_TOKEN: homeAssistant.token,
      SMART_METER_URL: smartMeter.url,
      DATA_DIR: dataDir,
      TIME_ZONE: 'UTC',
      LOG_LEVEL: 'error',
    };
  }

  async function start(more: Record<string, string> = {}): Promise<void> {
    service = await RunningCorrelator.start({ ...environment(), ...more }, clock);
    await waitFor('Home Assistant', async () => {
      const { body } = await service.get<{ details: { events: { connected: boolean } } }>('/health');
      return body.details.events.connected;
    });
  }

  function powerAt(at: Date): number {
    return (Object.keys(LOADS) as Load[]).reduce((sum, load) => {
      const last = switched.findLast((one) => one.load === load && one.atMs <= at.getTime());
      return sum + (last?.isOn ? LOADS[load] : 0);
    }, 150);
  }

  async function toggle(load: Load): Promise<void> {
    const isOn = !(switched.findLast((one) => one.load === load)?.isOn ?? false);
    switched.push({ load, atMs: clock.now().getTime(), isOn });
    homeAssistant.setState(nameOf[load], isOn ? 'on' : 'off');
    await new Promise((resolve) => setTimeout(resolve, 30));
  }

  async function rename(load: Load, name: string): Promise<void> {
    homeAssistant.rename(nameOf[load], name);
    nameOf[load] = name;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }

  /** Some minutes, in which the lamp and the heater are switched by turns; the service processes each minute. */
  async function live(minutes: number, isServiceUp = true): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      clock.set(new Date(clock.now().getTime() + 60_000));
      if (minute % 4 === 1) await toggle('lamp');
      if (minute % 4 === 3) await toggle('heater');
      if (isServiceUp) await service.process();
    }
  }

  async function correlations(): Promise<Correlation[]> {
    const { body } = await service.get<{ correlations: Correlation[] }>(
      `/correlations?from=${START.toISOString()}&limit=1000`,
    );
    return body.correlations;
  }

  /** Every switching is answered, under the name that its load has now, and soon with the power of that load. */
  async function expectWhole(): Promise<void> {
    const answers = new Map((await correlations()).map((answer) => [answer.event_id, answer]));
    const settled = switched.filter(({ atMs }) => atMs < clock.now().getTime() - 2 * 60_000);
    const ids = settled.map(({ load, atMs }) => `${nameOf[load]}@${atMs}`);
    expect(ids.filter((id) => !answers.has(id))).toEqual([]);
    // The rest is what an entity says when it first shows under a name, which is no switching.
    const others = [...answers.values()].filter(({ event_id }) => !ids.includes(event_id));
    expect(others.filter(({ power_delta_w }) => power_delta_w !== null).length).toBeLessThanOrEqual(1);
    for (const { load, atMs, isOn } of settled.slice(4)) {
      const { entity_id, power_delta_w } = answers.get(`${nameOf[load]}@${atMs}`) as Correlation;
      expect(entity_id).toBe(nameOf[load]);
      const errorW = (power_delta_w ?? 0) - (isOn ? 1 : -1) * LOADS[load];
      expect(Math.abs(errorW)).toBeLessThan(Math.max(10, 0.2 * LOADS[load]));
    }
    const { body } = await service.get<{ devices: { entity_id: string }[] }>('/devices');
    expect(body.devices.map(({ entity_id }) => entity_id).sort()).toEqual(Object.values(nameOf).sort());
  }

  it('keeps what was learned and answered, with events in flight', async () => {
    await setUp();
    await live(25);
    const before = (await correlations()).filter(({ entity_id }) => entity_id === 'light.desk').length;
    await rename('lamp', 'light.reading');
    await live(13);
    await expectWhole();
    const ofLamp = (await correlations()).filter(({ entity_id }) => entity_id === 'light.reading');
    expect(ofLamp.length).toBeGreaterThan(before);
    // Known by its power from the first event under the new name on.
    const firstAfter = ofLamp.filter(({ power_delta_w }) => power_delta_w !== null).at(-before - 1);
    expect(Math.abs(firstAfter?.expected_w ?? 0)).toBeCloseTo(60, -1);
    const { body: impact } = await service.get<{
      events: number;
      states: { state: string; power_w: number }[];
    }>(`/devices/light.reading/impact?from=${START.toISOString()}`);
    expect(impact.events).toBe(ofLamp.length);
    expect(impact.states.find(({ state }) => state === 'on')?.power_w).toBeCloseTo(60, -1);
    expect((await service.get('/devices/light.desk/impact')).status).toBe(404);
  });

  it('is not brought back by the second pass, and its points in InfluxDB stay the same', async () => {
    await setUp();
    await service.stop();
    // Nobody is there: what is to be delivered stays in the outbox.
    await start({ INFLUXDB_URL: 'http://127.0.0.1:9' });
    await live(25);
    await rename('lamp', 'light.reading');
    await live(13);
    clock.set(new Date('2026-03-02T04:00:00Z'));
    await service.process();
    await service.process();
    const { body } = await service.get<{ second_pass_until: string | null }>('/statistics');
    expect(body.second_pass_until).not.toBeNull();
    await expectWhole();
    const { outbox } = service.app.get(Journal);
    const lines = outbox
      .take({ order: 'oldest', maxLines: 1e6, maxBytes: 1e9 })
      .flatMap(({ lineProtocol }) => lineProtocol.split('\n'));
    const points = new Set(lines.map((line) => line.replace(/ .* (\d+)$/, ' $1')));
    expect(points.size).toBe((await correlations()).length);
    expect([...points].some((point) => point.includes('light.desk'))).toBe(true);
    expect([...points].some((point) => point.includes('light.reading'))).toBe(true);
  });

  it.each([true, false])('while nobody looked is found out (history follows: %s)', async (followsRenames) => {
    await setUp({ followsRenames });
    await live(25);
    await service.stop();
    await live(8, false);
    await rename('lamp', 'light.reading');
    await live(8, false);
    await start();
    await live(13);
    await expectWhole();
    expect(service.app.get(EntityNames).formerNames().size).toBe(0);
  });

  it('that changes names with another is not mistaken for it, live or while nobody looked', async () => {
    await setUp({}, 'switch.lamp');
    await live(25);
    const seconds = (count: number) => clock.set(new Date(clock.now().getTime() + count * 1000));
    const swap = async () => {
      const { lamp, heater } = nameOf;
      seconds(60);
      await rename('lamp', 'switch.aside');
      await rename('heater', lamp);
      seconds(20);
      await toggle('heater');
      seconds(20);
      await rename('lamp', heater);
    };
    await swap();
    await live(14);
    await expectWhole();
    await service.stop();
    await swap();
    await live(5, false);
    await start();
    await live(13);
    await expectWhole();
  });

  it('is not lost when the service ends before it has done anything about it', async () => {
    await setUp();
    await live(25);
    await rename('lamp', 'light.reading');
    expect(service.app.get(EntityNames).waiting()).toEqual([{ from: 'light.desk', to: 'light.reading' }]);
    await service.stop();
    await start();
    await live(13);
    expect(service.app.get(EntityNames).waiting()).toEqual([]);
    await expectWhole();
  });

  it('is carried over as a whole or not at all', async () => {
    await setUp();
    await live(25);
    await rename('lamp', 'light.reading');
    const answers = service.app.get(AnswerStore);
    const failing = jest.spyOn(answers, 'rename').mockImplementationOnce(() => {
      throw new MeterError('unavailable', 'the disk is full');
    });
    clock.set(new Date(clock.now().getTime() + 60_000));
    await expect(service.process()).rejects.toThrow('the disk is full');
    expect(failing).toHaveBeenCalledTimes(1);
    expect(service.app.get(EntityNames).waiting()).toHaveLength(1);
    const names = new Set((await correlations()).map(({ entity_id }) => entity_id));
    expect(names).toEqual(new Set(['light.desk', 'switch.heater']));
    const { body } = await service.get<{ devices: { entity_id: string; learned: unknown[] }[] }>('/devices');
    expect(body.devices.find(({ entity_id }) => entity_id === 'light.desk')?.learned).not.toEqual([]);
    await live(13);
    await expectWhole();
  });

  it('is known to a backfill', async () => {
    await setUp();
    await live(25);
    await service.stop();
    await rename('lamp', 'light.reading');
    await live(8, false);
    const summary = await backfill(environment(), { from: START, to: clock.now() });
    expect(summary.answered).toBeGreaterThan(0);
    await start();
    await live(5);
    await expectWhole();
  });
});
