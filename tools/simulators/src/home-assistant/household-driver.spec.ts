import { createHousehold } from '@smart-meter/household';
import { SimulatedClock } from '../shared';
import { HomeAssistantSimulator, HomeAssistantSimulatorOptions } from './home-assistant-simulator';
import { RawClient } from './testing/raw-client';

const start = new Date('2026-11-18T16:00:00Z');
const household = createHousehold({ seed: 'driven', solar: true, battery: true, heatPump: true, ev: true });

function later(seconds: number): Date {
  return new Date(start.getTime() + seconds * 1000);
}

describe('a household behind the simulator', () => {
  const simulators: HomeAssistantSimulator[] = [];
  let now = start;

  async function run(options: HomeAssistantSimulatorOptions = {}): Promise<HomeAssistantSimulator> {
    now = start;
    const clock = { now: () => now };
    const simulator = await HomeAssistantSimulator.start({
      household,
      clock,
      followClock: false,
      ...options,
    });
    simulators.push(simulator);
    return simulator;
  }

  async function advance(simulator: HomeAssistantSimulator, seconds: number): Promise<void> {
    now = later(seconds);
    await simulator.advanceTo(now);
  }

  const stateOf = (simulator: HomeAssistantSimulator, entityId: string): string | undefined =>
    simulator.home.states.get(entityId)?.state;

  afterEach(async () => {
    for (const simulator of simulators.splice(0)) await simulator.close();
  });

  it('shows every power of the household at its own second', async () => {
    const simulator = await run();
    await advance(simulator, 3600);
    const rows = simulator.home.recorder.statesOf('sensor.power_kitchen');
    for (let second = 1; second <= 3600; second += 1) {
      const atMs = later(second).getTime();
      const known = rows.filter((row) => row.lastUpdatedMs <= atMs).at(-1);
      const truth = household.powerAt(later(second)).circuits.get('kitchen') ?? Number.NaN;
      expect(Number(known?.state)).toBeCloseTo(truth, 0);
    }
    const { gridPowerW, solarPowerW } = household.powerAt(now);
    expect(Number(stateOf(simulator, 'sensor.grid_power'))).toBeCloseTo(gridPowerW, 0);
    expect(Number(stateOf(simulator, 'sensor.solar_power'))).toBeCloseTo(solarPowerW ?? 0, 0);
  });

  it('counts energy as the household does, from local midnight where it counts days', async () => {
    const simulator = await run({ powerEveryS: 60 });
    const before = Number(stateOf(simulator, 'sensor.kitchen_energy'));
    await advance(simulator, 12 * 3600);
    const used = household.energyKwhBetween(start, now);
    const gained = Number(stateOf(simulator, 'sensor.kitchen_energy')) - before;
    expect(gained).toBeCloseTo(used.circuits.get('kitchen') ?? 0, 2);
    const midnight = new Date('2026-11-18T23:00:00Z');
    const today = household.energyKwhBetween(midnight, now).totalKwh;
    expect(Number(stateOf(simulator, 'sensor.daily_energy'))).toBeCloseTo(today, 2);
  });

  it('reports every home event at its own time', async () => {
    const simulator = await run({ powerEveryS: 60 });
    await advance(simulator, 6 * 3600);
    const events = household.eventsBetween(new Date(start.getTime() + 1), now);
    expect(events.length).toBeGreaterThan(10);
    for (const { at, entityId, state } of events) {
      const rows = simulator.home.recorder.statesOf(entityId);
      expect(rows.find((row) => row.lastUpdatedMs === at.getTime())?.state).toBe(state);
    }
  });

  it('leaves alone what a test has taken over', async () => {
    const simulator = await run();
    simulator.makeUnavailable('sensor.total_power');
    simulator.rename('sensor.power_office', 'sensor.bureau');
    simulator.remove('sensor.power_bedrooms');
    await advance(simulator, 120);
    expect(stateOf(simulator, 'sensor.total_power')).toBe('unavailable');
    expect(Number(stateOf(simulator, 'sensor.bureau'))).toBeCloseTo(
      household.powerAt(now).circuits.get('office') ?? 0,
      0,
    );
    expect(stateOf(simulator, 'sensor.power_office')).toBeUndefined();
    expect(stateOf(simulator, 'sensor.power_bedrooms')).toBeUndefined();
    simulator.makeAvailable('sensor.total_power');
    await advance(simulator, 121);
    expect(Number(stateOf(simulator, 'sensor.total_power'))).toBeCloseTo(
      household.powerAt(now).totalPowerW,
      0,
    );
  });

  it('survives a clock that jumps, both ways', async () => {
    const simulator = await run();
    await advance(simulator, 60);
    await advance(simulator, 400 * 86_400);
    expect(Number(stateOf(simulator, 'sensor.total_power'))).toBeCloseTo(
      household.powerAt(now).totalPowerW,
      0,
    );
    await advance(simulator, 120);
    await advance(simulator, 180);
    expect(Number(stateOf(simulator, 'sensor.total_power'))).toBeCloseTo(
      household.powerAt(now).totalPowerW,
      0,
    );
  });

  it('tells a client of a whole hour at once without overflowing it', async () => {
    const simulator = await run();
    const client = await RawClient.connect(simulator);
    const id = client.send({ type: 'subscribe_entities' });
    await client.until(() => client.eventsOf(id).length === 1);
    await advance(simulator, 2 * 3600);
    const recorded = [...simulator.home.states.all()]
      .flatMap(({ entityId }) => simulator.home.recorder.statesOf(entityId))
      .filter(({ lastUpdatedMs }) => lastUpdatedMs > start.getTime());
    expect(recorded.length).toBeGreaterThan(4096);
    await client.until(() => client.eventsOf(id).length === 1 + recorded.length);
  });

  it('knows a past, with statistics', async () => {
    const simulator = await run({ historyDays: 2, powerEveryS: 30 });
    const rows = simulator.home.recorder.statesOf('sensor.total_power');
    expect(rows[0]?.lastUpdatedMs).toBe(later(-2 * 86_400).getTime());
    expect(rows.at(-1)?.lastUpdatedMs).toBeGreaterThan(later(-600).getTime());
    const hours = simulator.home.statistics.rows('sensor.total_power', 'hour', 0, start.getTime());
    expect(hours.length).toBeGreaterThanOrEqual(47);
    const hour = hours[20];
    const truth = household.energyKwhBetween(
      new Date(hour?.startMs ?? 0),
      new Date((hour?.startMs ?? 0) + 3_600_000),
    );
    expect(Math.abs((hour?.mean ?? 0) - truth.totalKwh * 1000)).toBeLessThan(
      0.05 * truth.totalKwh * 1000 + 5,
    );
  });

  it.each([
    ['2025.4.4', 'flow_from'],
    ['2026.2.3', 'flow_from'],
    ['2026.3.0', 'stat_energy_from'],
    ['2026.11.0', 'stat_energy_from'],
  ])('has the grid preferences of version %s', async (version, key) => {
    const simulator = await run({ version });
    const [grid] = simulator.home.energyPreferences?.['energy_sources'] as Record<string, unknown>[];
    expect(grid).toHaveProperty(key);
  });

  it('follows a fast clock by itself', async () => {
    const clock = new SimulatedClock(start, 600);
    const simulator = await HomeAssistantSimulator.start({ household, clock });
    simulators.push(simulator);
    await new Promise((resolve) => setTimeout(resolve, 400));
    const updatedMs = simulator.home.states.get('sensor.daily_energy')?.lastUpdatedMs ?? 0;
    expect(updatedMs).toBeGreaterThan(later(60).getTime());
    clock.jump(-86_400_000);
    expect(clock.now().getTime()).toBeLessThan(start.getTime());
  });
});
