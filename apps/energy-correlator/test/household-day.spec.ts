import { createHousehold, Household } from '@smart-meter/household';
import { HomeAssistantSimulator } from '@smart-meter/simulators';
import { FakeSmartMeter } from './support/fake-smart-meter';
import { RunningCorrelator, waitFor } from './support/running-correlator';
import { SimulatedTime } from './support/simulated-time';

const START = new Date('2026-01-12T23:00:00Z');
const STEP_MS = 10 * 60_000;
const DAYS = 2;

jest.setTimeout(240_000);

interface ImpactBody {
  on_time_s: number;
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
    const endMs = START.getTime() + DAYS * 86_400_000;
    for (let atMs = START.getTime() + STEP_MS; atMs <= endMs; atMs += STEP_MS) {
      clock.set(new Date(atMs));
      await homeAssistant.advanceTo(new Date(atMs));
      await new Promise((resolve) => setTimeout(resolve, 5));
      await service.process();
    }
  });

  afterAll(async () => {
    await service?.stop();
    await homeAssistant?.close();
    await smartMeter?.stop();
  });

  it('prints', async () => {
    const end = new Date(START.getTime() + DAYS * 86_400_000);
    const events = household.eventsBetween(START, end);
    console.log((await service.get('/statistics')).body, events.length);
    const rows: string[] = [];
    for (const entity of household.entities.filter(({ circuitId }) => circuitId !== null)) {
      const own = events.filter(({ entityId }) => entityId === entity.entityId);
      if (own.length === 0) continue;
      const { body } = await service.get<ImpactBody>(
        `/devices/${entity.entityId}/impact?from=${START.toISOString()}`,
      );
      const truth = household.energyKwhBetween(START, end).circuits.get(entity.circuitId ?? '') ?? 0;
      const deltas = own.map(
        ({ state, attributes, truth: t }) =>
          `${state}${attributes['brightness'] ?? ''}:${t.powerDeltaW.toFixed(0)}`,
      );
      rows.push(
        `${entity.entityId} kWh ${body.energy_kwh?.toFixed(3)} truth ${truth.toFixed(3)} | ${body.states?.map((s) => `${s.state}${s.level_percent ?? ''}=${s.power_w?.toFixed(0)}[${s.low_w?.toFixed(0)},${s.high_w?.toFixed(0)}]x${s.evidence} ${(s.on_time_s / 3600).toFixed(2)}h`).join(' ')} | ${deltas.join(' ')}`,
      );
    }
    console.log(rows.join('\n'));
    console.log(
      JSON.stringify((await service.get('/phantom-load')).body),
      JSON.stringify((await service.get('/anomalies')).body).slice(0, 600),
    );
    console.log(
      service.log
        .filter((l) => l.includes('"warn"') || l.includes('"error"') || l.includes('second pass'))
        .slice(0, 5),
    );
  });
});
