import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject } from '@smart-meter/meter-adapter';
import { parseEntityState } from '../entity-state/entity-state';
import { fullReading, untrackedPowerW } from '../reading/reading';
import { planSources } from './plan-sources';
import { HomeSnapshot } from './snapshot';
import { PowerTerm, SourcePlan } from './source-plan';

const HOUSEHOLDS = join(__dirname, '../../testdata/households');

interface ExpectedCircuit {
  id: string;
  entityId: string;
  isTopLevel: boolean;
  powerW: number | null;
  parentId?: string;
  energyEntityId?: string;
}

/** Terms are written `+sensor.a` or `-sensor.a`. */
interface Expected {
  home: string[];
  grid: string[];
  solar: string[];
  battery: string[];
  dailyEnergy: string[];
  circuits: ExpectedCircuit[];
  /** Entity id to a part of the reason. */
  passedOver: Record<string, string>;
  /** A part of each warning, in order. */
  warnings: string[];
  metadata?: Record<string, Record<string, string>>;
  totalPowerW?: number | null;
  gridPowerW?: number;
  solarPowerW?: number;
  batteryPowerW?: number;
  untrackedPowerW?: number;
}

const load = (household: string, file: string): unknown => {
  const path = join(HOUSEHOLDS, household, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
};

function loadStates(household: string) {
  const states = load(household, 'states.json');
  return (Array.isArray(states) ? states : []).flatMap((state) => parseEntityState(state) ?? []);
}

function loadSnapshot(household: string): HomeSnapshot {
  const registry = load(household, 'registry.json');
  const energyPrefs = load(household, 'prefs.json');
  return {
    states: loadStates(household),
    ...(isJsonObject(registry)
      ? {
          entityRegistry: registry['entities'],
          deviceRegistry: registry['devices'],
          areaRegistry: registry['areas'],
        }
      : {}),
    ...(energyPrefs === undefined ? {} : { energyPrefs }),
  };
}

const written = (terms: readonly PowerTerm[]) =>
  terms.map(({ entityId, sign }) => `${sign === 1 ? '+' : '-'}${entityId}`);

function expectPlan(plan: SourcePlan, snapshot: HomeSnapshot, expected: Expected): void {
  const states = new Map([...snapshot.states].map((state) => [state.entityId, state]));
  const reading = fullReading(plan, (entityId) => states.get(entityId), {
    meterId: 'home',
    observedAt: new Date(0),
    averagedOverS: 0,
    provenance: 'live',
  });
  const powerOf = (id: string) => reading.circuits.find((circuit) => circuit.id === id)?.powerW;
  expect({
    home: written(plan.home),
    grid: written(plan.grid),
    solar: written(plan.solar),
    battery: written(plan.battery),
    dailyEnergy: written(plan.dailyEnergy),
    circuits: plan.circuits.map((circuit) => ({ ...circuit, powerW: powerOf(circuit.id) })),
  }).toEqual({
    home: expected.home,
    grid: expected.grid,
    solar: expected.solar,
    battery: expected.battery,
    dailyEnergy: expected.dailyEnergy,
    circuits: expected.circuits,
  });
  expect(plan.warnings).toEqual(expected.warnings.map((part) => expect.stringContaining(part)));

  const close = (value: number | null | undefined) =>
    typeof value === 'number' ? expect.closeTo(value, 6) : value;
  expect(reading.totalPowerW ?? null).toEqual(close(expected.totalPowerW ?? null));
  expect(reading.gridPowerW).toEqual(close(expected.gridPowerW));
  expect(reading.solarPowerW).toEqual(close(expected.solarPowerW));
  expect(reading.batteryPowerW).toEqual(close(expected.batteryPowerW));
  const addedUp = reading.circuits.filter(
    ({ parentId, isCountedElsewhere }) => parentId === undefined && !isCountedElsewhere,
  );
  expect(addedUp.map(({ id }) => id)).toEqual(
    expected.circuits.filter(({ isTopLevel }) => isTopLevel).map(({ id }) => id),
  );
  if (expected.untrackedPowerW !== undefined) {
    expect(untrackedPowerW(plan, reading)).toBeCloseTo(expected.untrackedPowerW, 6);
  }

  const descriptions = new Map(plan.descriptions.map((description) => [description.sourceId, description]));
  for (const [entityId, reason] of Object.entries(expected.passedOver)) {
    expect([entityId, descriptions.get(entityId)]).toEqual([
      entityId,
      expect.objectContaining({ role: 'none', reason: expect.stringContaining(reason) }),
    ]);
  }
  for (const [entityId, metadata] of Object.entries(expected.metadata ?? {})) {
    expect(descriptions.get(entityId)?.metadata).toEqual(metadata);
  }
  for (const { entityId } of [...plan.home, ...plan.circuits, ...plan.grid, ...plan.dailyEnergy]) {
    expect([entityId, descriptions.get(entityId)?.role]).not.toEqual([entityId, 'none']);
    expect(descriptions.get(entityId)?.reason.length ?? 0).toBeGreaterThan(5);
  }
  expect(new Set(plan.circuits.map(({ id }) => id)).size).toBe(plan.circuits.length);
}

const households = readdirSync(HOUSEHOLDS).sort();

describe('recorded households', () => {
  it.each(households)('%s', (household) => {
    const snapshot = loadSnapshot(household);
    expectPlan(planSources(snapshot), snapshot, load(household, 'expected-sources.json') as Expected);
  });

  const restOnly = households.filter((household) => load(household, 'expected-sources-rest-only.json'));
  it.each(restOnly)('%s, its states alone', (household) => {
    const snapshot = { states: loadStates(household) };
    expectPlan(
      planSources(snapshot),
      snapshot,
      load(household, 'expected-sources-rest-only.json') as Expected,
    );
  });

  it('are many', () => {
    expect(households.length).toBeGreaterThanOrEqual(25);
  });
});
