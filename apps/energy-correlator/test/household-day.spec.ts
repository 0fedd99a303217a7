import { createHousehold, Household } from '@smart-meter/household';
import { HomeAssistantSimulator } from '@smart-meter/simulators';
import { FakeSmartMeter } from './support/fake-smart-meter';
import { RunningCorrelator, waitFor } from './support/running-correlator';
import { SimulatedTime } from './support/simulated-time';

const START = new Date('2026-01-12T23:00:00Z');
const STEP_MS = 30 * 60_000;
const DAYS = 7;
const END = new Date(START.getTime() + DAYS * 86_400_000);

jest.setTimeout(240_000);

interface ImpactBody {
  on_time_s: number;
  drawing_time_s: number;
  energy_kwh: number;
  energy_low_kwh: number;
  energy_high_kwh: number;
  switched_on: number;
  events: number;
  cost: number;
  states: {
    state: string;
    level_percent: number | null;
    power_w: number | null;
    low_w: number;
    high_w: number;
    evidence: number;
    on_time_s: number;
  }[];
}

describe('a simulated home, lived at speed', () => {
  let household: Household;
  let clock: SimulatedTime;
  let homeAssistant: HomeAssistantSimulator;
  let smartMeter: FakeSmartMeter;
  let service: RunningCorrelator;

  beforeAll(async () => {
    household = createHousehold({ seed: 'correlator 3' });
    clock = new SimulatedTime(START);
    homeAssistant = await HomeAssistantSimulator.start({
      household,
      clock,
      followClock: false,
      powerEveryS: 3600,
      energyEveryS: 3600,
    });
    smartMeter = await FakeSmartMeter.start({
      powerAt: (at) => household.powerAt(at).totalPowerW,
      everyS: 5,
      clock,
    });
    service = await RunningCorrelator.start(
      {
        HOME_ASSISTANT_URL: homeAssistant.url,
        HOME_ASSISTANT_TOKEN: homeAssistant.token,
        SMART_METER_URL: smartMeter.url,
        ENERGY_PRICE: '0.3',
      },
      clock,
    );
    await waitFor('Home Assistant', async () => {
      const { body } = await service.get<{ details: { events: { connected: boolean } } }>('/health');
      return body.details.events.connected;
    });
    for (let atMs = START.getTime() + STEP_MS; atMs <= END.getTime(); atMs += STEP_MS) {
      clock.set(new Date(atMs));
      await homeAssistant.advanceTo(new Date(atMs));
      await new Promise((resolve) => setTimeout(resolve, 15));
      await service.process();
    }
  });

  afterAll(async () => {
    await service?.stop();
    await homeAssistant?.close();
    await smartMeter?.stop();
  });

  it('answers every event of the home, once', async () => {
    const { body } = await service.get<{
      answers: number;
      events: Record<string, number>;
      waiting_events: number;
    }>('/statistics');
    const told = household.eventsBetween(START, END).length;
    expect(body.waiting_events).toBe(0);
    expect(body.answers).toBeGreaterThanOrEqual(told);
    expect(body.answers).toBe(body.events['accepted']);
    expect(body.events).toMatchObject({ malformed: 0, future: 0, too_late: 0, overloaded: 0 });
  });

  it('knows what every load above 20 W draws, within 15 %', async () => {
    const found = await Promise.all(
      loadsOf(household).map(async (load) => ({ ...load, ...(await powerOf(load)) })),
    );
    const table = found.map(
      ({ entityId, truthW, powerW }) => `${entityId} ${truthW.toFixed(0)} ${powerW?.toFixed(0)}`,
    );
    console.log(table.join('\n'));
    const wrong = found.filter(
      ({ truthW, powerW }) => powerW === null || Math.abs(powerW - truthW) > 0.15 * truthW,
    );
    expect(wrong.map(({ entityId, powerW, truthW }) => ({ entityId, powerW, truthW }))).toEqual([]);
  });

  it('knows what they used, within 15 %', async () => {
    const rows = await Promise.all(
      loadsOf(household).map(async ({ entityId, circuitId }) => {
        const { body } = await service.get<ImpactBody>(impactPath(entityId));
        return {
          entityId,
          kwh: body.energy_kwh,
          low: body.energy_low_kwh,
          high: body.energy_high_kwh,
          truth: switchedKwh(household, entityId, circuitId),
          drawing: body.drawing_time_s / 3600,
          on: body.on_time_s / 3600,
        };
      }),
    );
    console.log(
      rows
        .map(
          (r) =>
            `${r.entityId} ${r.kwh.toFixed(3)} [${r.low.toFixed(3)} ${r.high.toFixed(3)}] truth ${r.truth.toFixed(3)} ratio ${(r.kwh / r.truth).toFixed(2)} on ${r.on.toFixed(2)} drawing ${r.drawing.toFixed(2)}`,
        )
        .join('\n'),
    );
  });

  function impactPath(entityId: string): string {
    return `/devices/${entityId}/impact?from=${START.toISOString()}&to=${END.toISOString()}`;
  }

  async function powerOf({ entityId, state, levelPercent }: Load): Promise<{ powerW: number | null }> {
    const { body } = await service.get<ImpactBody>(impactPath(entityId));
    const ofState = body.states?.find((one) => one.state === state && one.level_percent === levelPercent);
    return { powerW: ofState?.power_w ?? null };
  }
});

interface Load {
  entityId: string;
  circuitId: string;
  state: string;
  levelPercent: number | null;
  truthW: number;
}

const INACTIVE = new Set(['off', 'closed', 'docked', 'idle', 'standby', 'paused']);

/** What entities draw in the state and at the level that they are switched on to most often. */
function loadsOf(household: Household): Load[] {
  const events = household.eventsBetween(START, END);
  return household.entities.flatMap(({ entityId, circuitId }): Load[] => {
    const byLevel = new Map<string, Load & { deltasW: number[] }>();
    for (const { entityId: of, state, previousState, attributes, truth } of events) {
      if (of !== entityId || circuitId === null || INACTIVE.has(state) || !INACTIVE.has(previousState))
        continue;
      const share =
        typeof attributes['brightness'] === 'number'
          ? attributes['brightness'] / 255
          : percentageOf(attributes);
      const levelPercent = share === null ? null : Math.round(share * 10) * 10;
      const key = `${state} ${levelPercent}`;
      const load = byLevel.get(key) ?? { entityId, circuitId, state, levelPercent, truthW: 0, deltasW: [] };
      load.deltasW.push(truth.powerDeltaW);
      byLevel.set(key, load);
    }
    const [most] = [...byLevel.values()].sort((a, b) => b.deltasW.length - a.deltasW.length);
    if (!most) return [];
    const { deltasW, ...load } = most;
    const truthW = deltasW.sort((a, b) => a - b)[deltasW.length >> 1] ?? 0;
    return truthW > 20 ? [{ ...load, truthW }] : [];
  });
}

function percentageOf(attributes: Readonly<Record<string, unknown>>): number | null {
  return typeof attributes['percentage'] === 'number' ? attributes['percentage'] / 100 : null;
}

/** What a load used beyond its standby while it was on, by the household's own account. */
function switchedKwh(household: Household, entityId: string, circuitId: string): number {
  let onSince: Date | null = null;
  let kwh = 0;
  for (const { state, truth, entityId: of } of household.eventsBetween(START, END)) {
    if (of !== entityId) continue;
    const at = truth.transitionAt;
    if (onSince !== null) {
      const idleW = household.powerAt(new Date(onSince.getTime() - 1000)).circuits.get(circuitId) ?? 0;
      const hours = (at.getTime() - onSince.getTime()) / 3.6e6;
      const used = household.energyKwhBetween(onSince, at).circuits.get(circuitId) ?? 0;
      kwh += used - (INACTIVE.has(state) || kwh === 0 ? (Math.min(idleW, 10) * hours) / 1000 : 0);
    }
    onSince = INACTIVE.has(state) ? null : at;
  }
  return kwh;
}
