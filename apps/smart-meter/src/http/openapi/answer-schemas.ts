import { GAP_STATES } from '@smart-meter/journal';
import { METER_ERROR_CODES, PROVENANCES, SOURCE_ROLES } from '@smart-meter/meter-adapter';
import {
  choice,
  count,
  fields,
  flag,
  instant,
  list,
  measure,
  orNull,
  Schema,
  schemaRef,
  share,
  text,
} from '@smart-meter/service';

const provenance = choice(
  '`live` and `backfill` are measurements; `cached` is the last known value, `mock` is made up',
  PROVENANCES,
);

const homePowers: Record<string, Schema> = {
  total_power_w: orNull(measure('W', 'the whole home, + = consumption', 1234.5)),
  daily_kwh: orNull(measure('kWh', 'energy since local midnight', 7.654)),
  grid_power_w: orNull(measure('W', '+ = import, − = export', -310)),
  solar_power_w: orNull(measure('W', '+ = production', 1544.5)),
  battery_power_w: orNull(measure('W', '+ = discharge, − = charge', 0)),
};

const circuitFields: Record<string, Schema> = {
  id: text('stable across renames', 'kitchen'),
  name: text('as its owner knows it', 'Kitchen'),
  entity_id: text('the id of its entity, for Home Assistant', 'sensor.power_kitchen'),
  power_w: orNull(measure('W', '+ = consumption', 250.5)),
  percentage: orNull(measure('%', 'share of the whole home; 0 where that draws nothing', 20.3)),
  daily_kwh: orNull(measure('kWh', 'energy since local midnight', 1.2)),
  parent_id: text('the circuit that it is a part of', 'upstairs'),
  counted_elsewhere: flag('it is in another circuit too and is not to be added up'),
};
const CIRCUIT_OPTIONAL = ['entity_id', 'daily_kwh', 'parent_id', 'counted_elsewhere'];

const readingFields: Record<string, Schema> = {
  timestamp: instant('the instant that the values are true for'),
  averaged_over_s: measure(
    's',
    '0 = instantaneous, else the values are means of this time up to `timestamp`',
    0,
  ),
  provenance,
  ...homePowers,
  circuits: list(schemaRef('Circuit')),
};

const stale = list(
  fields({ source: text('as the meter names it'), last_reported: instant('when it was last heard of') }),
  'sources that have not been heard of for too long',
);

const price = orNull(
  fields({ per_kwh: measure('per kWh', 'in `currency`', 0.32), currency: text('of the price', 'EUR') }),
);

/** The shapes of its answers. */
export const answerSchemas: Readonly<Record<string, Schema>> = {
  Circuit: fields(circuitFields, CIRCUIT_OPTIONAL),
  CircuitNode: fields(
    { ...circuitFields, children: list(schemaRef('CircuitNode'), 'what it contains') },
    CIRCUIT_OPTIONAL,
  ),
  Reading: fields(readingFields, Object.keys(homePowers)),
  Consumption: fields(
    {
      ...readingFields,
      age_seconds: measure('s', 'since `timestamp`', 1.2),
      warnings: list({ type: 'string' }, 'what a user should know about the meter, a sentence each'),
      stale,
    },
    ['grid_power_w', 'solar_power_w', 'battery_power_w'],
  ),
  Circuits: fields({
    timestamp: instant('the instant that the values are true for'),
    provenance,
    total_power_w: orNull(measure('W', 'the whole home', 1234.5)),
    circuits: list(schemaRef('CircuitNode'), 'those that are part of no other'),
    untracked_power_w: orNull(measure('W', 'what no top-level circuit accounts for', 84)),
    untracked_percentage: orNull(measure('%', 'share of the whole home', 6.8)),
  }),
  Step: fields(
    {
      timestamp: instant('start of the step'),
      series: text(
        '`home`, `daily_energy`, `grid`, `solar`, `battery`, `circuit:<id>` or `circuit_energy:<id>`',
        'home',
      ),
      mean: measure('W or kWh', 'over the known time for steps of 5 minutes and more, else over the samples'),
      min: measure('W or kWh', 'the lowest'),
      max: measure('W or kWh', 'the highest'),
      energy_kwh: measure('kWh', 'of a power over the known time, for steps of 5 minutes and more'),
      covered_s: measure('s', 'for how much of the step the value is known, for steps of 5 minutes and more'),
    },
    ['energy_kwh', 'covered_s'],
  ),
  Readings: fields({
    from: instant('included'),
    to: instant('excluded'),
    every: text('as asked for', 'raw'),
    readings: list({ anyOf: [schemaRef('Reading'), schemaRef('Step')] }, 'readings for `raw`, else steps'),
    next: orNull(text('path of the next page; null on the last')),
  }),
  Energy: fields({
    per: choice('', ['day', 'week', 'month', 'year']),
    time_zone: text('the zone that days begin in', 'Europe/Berlin'),
    price,
    series: list(
      fields({
        series: text('`home`, `grid`, `solar`, `battery` or `circuit:<id>`', 'home'),
        name: orNull(text('of the circuit')),
        periods: list(schemaRef('EnergyPeriod'), 'oldest first'),
      }),
    ),
  }),
  EnergyPeriod: fields({
    date: text('local date that the period starts on', '2026-03-01'),
    start: instant('included'),
    end: instant('excluded'),
    energy_kwh: measure('kWh', 'import less export for the grid', 11.2),
    source: choice('by the meter’s own counter, summed up from power, or days of both', [
      'meter',
      'integrated',
      'mixed',
    ]),
    negative_kwh: measure('kWh', 'the part below zero, as a positive number: export, or charge', 0),
    cost: orNull(measure('currency', 'null where no price is set', 3.58)),
    covered_s: measure('s', 'for how much of the period the power is known', 86_400),
  }),
  Sources: fields({
    meter_type: text('the kind of meter', 'home_assistant'),
    sources: list(
      fields({
        source: text('as the meter names it', 'sensor.power_kitchen'),
        name: text('for people'),
        role: choice('what it is used for', SOURCE_ROLES),
        reason: text('why it has this role, or why it was passed over'),
        unit: orNull(text('that it reports in', 'W')),
        circuit_id: orNull(text('the circuit that it feeds')),
        parent_id: orNull(text('the circuit that contains it')),
        metadata: { type: 'object', additionalProperties: { type: 'string' } },
      }),
    ),
  }),
  Gaps: fields({
    gaps: list(
      fields({
        id: count(''),
        from: instant('excluded'),
        to: instant('included'),
        state: choice('the last two are final', GAP_STATES),
        reason: text('why readings are missing'),
        filled_until: orNull(instant('how far it is filled')),
        detail: orNull(text('what the filling found out')),
      }),
    ),
    filling: orNull(fields({ id: count('of the gap that is being filled'), percent: count('how far') })),
  }),
  PhantomLoad: fields({
    power_w: orNull(
      measure('W', 'what the home draws when nobody uses anything; null with too few nights', 96),
    ),
    nights: count('that it was computed from'),
    kwh_per_year: orNull(measure('kWh', 'in a year', 842)),
    cost_per_year: orNull(measure('currency', 'null where no price is set', 269)),
    currency: text('of the cost', 'EUR'),
  }),
  Correlations: fields({
    configured: flag('whether there is an energy-correlator to ask'),
    correlations: list(
      fields({
        timestamp: instant('of the event'),
        entity_id: text('what changed', 'light.kitchen'),
        state: text('what it changed to', 'on'),
        power_delta_w: measure('W', 'what that did to the power', 58.5),
        confidence: orNull(share('that this is right')),
        provisional: flag('later power may still change it'),
      }),
    ),
  }),
  Collected: fields({
    ok: flag('whether the meter answered'),
    error: orNull(fields({ code: choice('', METER_ERROR_CODES), message: text('what went wrong') })),
  }),
};

/** What `/health` counts. */
export const healthCounts: Readonly<Record<string, Schema>> = {
  last_successful_fetch: orNull(instant('when the meter last answered')),
  total_fetches: count('all attempts, also those that failed'),
  failed_fetches: count('of them'),
  success_rate: share('(total − failed) / total; 1 before the first'),
};
