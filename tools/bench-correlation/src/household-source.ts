import { createHousehold } from '@smart-meter/household';
import { Scenario } from './compose';
import { ComposedHome } from './home';
import { createRandom } from './random';
import { Split } from './traces';

const DAY_S = 86_400;
/** A week in autumn without a change of the clocks. */
const START_MS = Date.parse('2026-10-05T22:00:00Z');

/** A home of our own appliance models, in the shape of a composed one. */
export function householdHome(
  split: Split,
  seed: number,
  days: number,
  scenario: Scenario = {},
): ComposedHome {
  const name = `household-${split}-${seed}`;
  const random = createRandom(name);
  const household = createHousehold({
    seed: name,
    solar: scenario.solar ?? false,
    heatPump: seed % 4 === 0,
    ev: seed % 3 === 0,
    eventLatencyScale: scenario.latencyFactor ?? 1,
    distractorRatio: scenario.distractorsPerEvent ?? 1,
    hiddenLoadShare: 0.2,
  });
  const lengthS = days * DAY_S;
  const loadW = new Float32Array(lengthS);
  const circuitsW = new Map<string, Float32Array>();
  const solarW = new Float32Array(lengthS);
  const topLevel = household.circuits.filter((circuit) => circuit.parentId === null);
  for (const { id } of topLevel) circuitsW.set(id, new Float32Array(lengthS));
  for (let s = 0; s < lengthS; s++) {
    const power = household.powerAt(new Date(START_MS + s * 1000));
    loadW[s] = power.totalPowerW;
    solarW[s] = power.solarPowerW ?? 0;
    for (const [id, series] of circuitsW) series[s] = power.circuits.get(id) ?? 0;
  }
  const parentOf = new Map(household.circuits.map(({ id, parentId }) => [id, parentId ?? id]));
  const circuitOfEntity = new Map<string, string>();
  for (const { entityId, circuitId } of household.entities) {
    if (circuitId !== null) circuitOfEntity.set(entityId, parentOf.get(circuitId) ?? circuitId);
  }
  const clockSkewS = random.uniform(-2, 2);
  const reported = household.eventsBetween(new Date(START_MS), new Date(START_MS + lengthS * 1000));
  const home: ComposedHome = {
    name,
    days,
    events: reported.map(({ at, entityId, domain, state, previousState, attributes }) => ({
      atS: (at.getTime() - START_MS) / 1000 + clockSkewS,
      entityId,
      domain,
      state,
      previousState,
      attributes: { ...attributes },
    })),
    truth: reported.map(({ truth }) => ({
      deltaW: truth.powerDeltaW,
      stepAtS: truth.circuitId === null ? null : (truth.transitionAt.getTime() - START_MS) / 1000,
      applianceClass: truth.circuitId ?? 'innocent',
    })),
    loadW,
    circuitsW,
    circuitOfEntity,
    meterDelayS: random.uniform(0, 2.5),
  };
  if (scenario.solar) home.solarW = solarW;
  return home;
}
