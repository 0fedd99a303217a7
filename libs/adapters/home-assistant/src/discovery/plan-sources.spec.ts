import * as fc from 'fast-check';
import { planSources, WHOLE_HOME_NAMES } from './plan-sources';
import { SnapshotState, SourceOverrides } from './snapshot';
import { plannedEntityIds, SourcePlan } from './source-plan';

const power = (entityId: string, attributes: Record<string, unknown> = {}): SnapshotState => ({
  entityId,
  state: '100',
  attributes: { unit_of_measurement: 'W', device_class: 'power', ...attributes },
});
const circuitIds = (plan: SourcePlan) => plan.circuits.map(({ entityId }) => entityId);
const reasonOf = (plan: SourcePlan, entityId: string) =>
  plan.descriptions.find(({ sourceId }) => sourceId === entityId)?.reason;

describe('overrides', () => {
  const states = [
    power('sensor.total_power'),
    power('sensor.power_a'),
    power('sensor.power_b'),
    power('sensor.oven'),
  ];
  const plan = (overrides: SourceOverrides) => planSources({ states }, overrides);

  it('the named total wins, and no total becomes a circuit', () => {
    const { home, circuits } = plan({ powerEntity: 'sensor.oven' });
    expect(home).toEqual([{ entityId: 'sensor.oven', sign: 1 }]);
    expect(circuits.map(({ entityId }) => entityId)).toEqual(['sensor.power_a', 'sensor.power_b']);
  });

  it('includes exactly what matches', () => {
    expect(circuitIds(plan({ circuitInclude: ['sensor.power_?', 'sensor.none'] }))).toEqual([
      'sensor.power_a',
      'sensor.power_b',
    ]);
    expect(reasonOf(plan({ circuitInclude: ['sensor.power_?'] }), 'sensor.oven')).toContain('not included');
  });

  it('excludes also what is included', () => {
    const chosen = plan({ circuitInclude: ['sensor.*'], circuitExclude: ['*_b'] });
    expect(circuitIds(chosen)).toEqual(['sensor.power_a', 'sensor.oven']);
    expect(reasonOf(chosen, 'sensor.power_b')).toContain('excluded');
  });

  it('takes empty patterns for none', () => {
    expect(circuitIds(plan({ circuitInclude: ['', ' '], circuitExclude: [''] }))).toHaveLength(3);
  });

  it('reads patterns literally but for * and ?', () => {
    expect(
      circuitIds(
        plan({ circuitExclude: ['sensor.powerXa', 'sensor.(power_b|oven)', '^sensor', 'sensor.o.en'] }),
      ),
    ).toHaveLength(3);
    expect(circuitIds(plan({ circuitExclude: ['SENSOR.Oven '] }))).toEqual([
      'sensor.power_a',
      'sensor.power_b',
    ]);
  });

  it('includes what discovery would pass over', () => {
    const derived = planSources(
      {
        states: [
          power('sensor.group'),
          power('sensor.hidden'),
          { ...power('number.odd'), attributes: { unit_of_measurement: 'kW' } },
        ],
        entityRegistry: [
          { entity_id: 'sensor.group', platform: 'group' },
          { entity_id: 'sensor.hidden', platform: 'zha', hidden_by: 'user' },
        ],
      },
      { circuitInclude: ['sensor.group', 'sensor.hidden', 'number.odd'] },
    );
    expect(circuitIds(derived)).toEqual(['sensor.group', 'sensor.hidden', 'number.odd']);
  });

  it('never includes what is no active power', () => {
    const plan = planSources(
      {
        states: [
          power('sensor.total_power'),
          power('sensor.ups', { unit_of_measurement: 'VA', device_class: 'apparent_power' }),
        ],
      },
      { circuitInclude: ['sensor.ups'] },
    );
    expect(plan.circuits).toEqual([]);
  });
});

describe('whatever Home Assistant says', () => {
  const platform = fc.constantFrom(
    'shelly',
    'template',
    'dsmr',
    'fronius',
    'powerwall',
    'homewizard',
    'energy',
    'evcc_intg',
    'solaredge',
  );
  const objectId = fc.constantFrom(
    ...WHOLE_HOME_NAMES.map((name) => name.slice('sensor.'.length)),
    ...[
      'power_a',
      'a_phase_a_power',
      'a_power',
      'a_energy',
      'energy_today',
      'p1_meter_power',
      'evcc_grid_power',
    ],
    ...[
      'solarnet_power_load',
      'solarnet_power_grid',
      'electricity_meter_power_production',
      'site_power',
      'load_power',
    ],
  );
  const entityId = objectId.map((id) => `sensor.${id}`);
  const state = fc.record({
    entityId,
    state: fc.constantFrom('1', '-2.5', 'unavailable', 'on', '12,5'),
    attributes: fc.record(
      {
        unit_of_measurement: fc.constantFrom('W', 'kW', 'kWh', 'VA', '%', 5),
        device_class: fc.constantFrom('power', 'energy', 'apparent_power', null),
      },
      { requiredKeys: [] },
    ),
  });
  const entry = fc.record(
    {
      entity_id: entityId,
      id: fc.uuid(),
      platform,
      unique_id: fc.constantFrom('1-power_grid', 'x_active_power_w', 'HWE-P1_1_active_power_w', 7, null),
      translation_key: fc.constantFrom('current_electricity_usage', 'power_load', null),
      device_id: fc.constantFrom('d1', 'd2', null),
      entity_category: fc.constantFrom('diagnostic', null),
      hidden_by: fc.constantFrom('user', null),
    },
    { requiredKeys: [] },
  );
  const source = fc.record(
    {
      type: fc.constantFrom('grid', 'solar', 'battery', 'gas'),
      stat_energy_from: fc.oneof(entityId, fc.constant(null), fc.constant('x:y')),
      stat_energy_to: entityId,
      stat_rate: entityId,
      power_config: fc.record({ stat_rate_from: entityId, stat_rate_to: entityId }, { requiredKeys: [] }),
      flow_from: fc.array(fc.record({ stat_energy_from: entityId })),
      flow_to: fc.array(fc.record({ stat_energy_to: entityId })),
    },
    { requiredKeys: [] },
  );
  const device = fc.record(
    { stat_consumption: entityId, stat_rate: entityId, included_in_stat: entityId },
    { requiredKeys: [] },
  );
  const snapshot = fc.record({
    states: fc.uniqueArray(state, { selector: ({ entityId: id }) => id }),
    entityRegistry: fc.oneof(fc.uniqueArray(entry, { selector: ({ entity_id: id }) => id }), fc.anything()),
    deviceRegistry: fc.anything(),
    areaRegistry: fc.anything(),
    energyPrefs: fc.oneof(
      fc.record(
        { energy_sources: fc.array(source), device_consumption: fc.array(device) },
        { requiredKeys: [] },
      ),
      fc.anything(),
    ),
  });
  const overrides = fc.record(
    {
      powerEntity: entityId,
      energyEntity: entityId,
      circuitInclude: fc.array(fc.constantFrom('sensor.*', 'sensor.a*', '*power')),
      circuitExclude: fc.array(fc.constantFrom('sensor.p*', '*_a')),
    },
    { requiredKeys: [] },
  );

  it('keeps what is true of every plan', () => {
    fc.assert(
      fc.property(snapshot, overrides, (home, chosen) => {
        const plan = planSources(home, chosen);
        const whole = [...plan.home, ...plan.grid, ...plan.solar, ...plan.battery].map(
          (term) => term.entityId,
        );
        const circuits = circuitIds(plan);
        // A circuit is never also the total, nor a part of it.
        expect(circuits.filter((id) => whole.includes(id))).toEqual([]);
        expect(
          circuits.filter(
            (id) => (WHOLE_HOME_NAMES as readonly string[]).includes(id) && !chosen.circuitInclude?.length,
          ),
        ).toEqual([]);
        // Nothing is counted twice.
        for (const terms of [plan.home, plan.grid, plan.solar, plan.battery, plan.dailyEnergy]) {
          expect(new Set(terms.map((term) => term.entityId)).size).toBe(terms.length);
        }
        expect(new Set(circuits).size).toBe(circuits.length);
        // Parents are circuits, and no circuit is above itself.
        const parents = new Map(plan.circuits.map(({ id, parentId }) => [id, parentId]));
        for (const { id, parentId, isTopLevel } of plan.circuits) {
          if (parentId === undefined) continue;
          expect(isTopLevel).toBe(false);
          expect(parents.has(parentId)).toBe(true);
          const passed = new Set([id]);
          for (let above = parents.get(id); above !== undefined; above = parents.get(above)) {
            expect(passed.has(above)).toBe(false);
            passed.add(above);
          }
        }
        // Everything is explained, once; what is read is not called passed over.
        const described = plan.descriptions.map(({ sourceId }) => sourceId);
        expect(new Set(described).size).toBe(described.length);
        for (const id of plannedEntityIds(plan)) {
          if (plan.circuits.some(({ energyEntityId }) => energyEntityId === id)) continue;
          expect([id, plan.descriptions.find(({ sourceId }) => sourceId === id)?.role]).not.toEqual([
            id,
            'none',
          ]);
          expect(described).toContain(id);
        }
        expect(plan.descriptions.every(({ reason }) => reason.length > 5)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('does not depend on the order of the states', () => {
    fc.assert(
      fc.property(snapshot, (home) => {
        const plan = planSources(home);
        const reversed = planSources({ ...home, states: home.states.toReversed() });
        const essence = ({ home: whole, grid, solar, battery, circuits }: SourcePlan) =>
          [whole, grid, solar, battery, circuits].map((part) =>
            part.map((item) => JSON.stringify(item)).sort(),
          );
        expect(essence(reversed)).toEqual(essence(plan));
      }),
      { numRuns: 300 },
    );
  });
});
