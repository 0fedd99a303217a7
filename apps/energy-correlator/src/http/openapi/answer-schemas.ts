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

const entityId = text('of Home Assistant', 'light.desk');
const domain = text('of the entity', 'light');
const cost = orNull(measure('currency', 'at the prices of the time; null where none is known', 0.42));
const unpriced = orNull(
  measure('kWh', 'the part that is in no cost, as its price is not known; null without prices', 0),
);

/** A page of answers is told together with its period and where the next begins. */
const page = {
  from: instant('included'),
  to: instant('excluded'),
  next_cursor: orNull(text('`cursor` of the next page; null on the last', '1772366400000-120')),
};

/** What energies are told with. */
const frame = {
  from: instant('included'),
  to: instant('excluded; not after what has been processed'),
  currency: orNull(text('of the cost; null while it is not known', 'EUR')),
  price_source: orNull(
    choice('what says the price', ['ENERGY_PRICE', 'TARIFF_FILE', 'PRICE_ENTITY', 'energy_dashboard']),
  ),
};

/** The shapes of its answers. */
export const answerSchemas: Readonly<Record<string, Schema>> = {
  Correlation: fields({
    event_id: text('stable, but for a rename of the entity', 'light.desk@2026-03-01T12:00:00.000Z'),
    timestamp: instant('of the event'),
    entity_id: entityId,
    domain,
    state: text('what it changed to', 'on'),
    previous_state: orNull(text('what it changed from', 'off')),
    power_delta_w: orNull(measure('W', 'what the event did to the power; null for the `reason`', 58.5)),
    delta_sd_w: orNull(measure('W', 'standard deviation of the estimate', 2.5)),
    power_before_w: orNull(measure('W', 'the channel before the event', 412)),
    power_after_w: orNull(measure('W', 'the channel after it', 470.5)),
    power_delta_pct: orNull(measure('%', 'the change as a share of the power before', 14.2)),
    estimate_w: orNull(measure('W', 'the best estimate, also where nothing is attributed', 58.5)),
    expected_w: orNull(measure('W', 'what had been learned of the entity before', 60)),
    expected_sd_w: orNull(measure('W', 'how far that may be off', 4)),
    probability: share('that the event changed the power at all', 0.99),
    confidence: share('that the change is right within 20 % or 10 W', 0.97),
    reason: orNull(
      choice('why no change is attributed; null where one is', [
        'no_samples',
        'below_noise',
        'shared_step',
        'no_effect_learned',
        'resolution_too_low',
      ]),
    ),
    channel: text('whose power tells it: `mains` or the id of a circuit', 'mains'),
    horizon_s: measure('s', 'how long after the event the change is reached', 15),
    co_events: list(
      fields({
        event_id: text('of the other event'),
        entity_id: entityId,
        power_delta_w: orNull(measure('W', 'its part of the step', 9)),
      }),
      'other events on the same step',
    ),
    revision: { type: 'integer', minimum: 1, description: 'counts the versions of this answer' },
    provisional: flag('later power may still change it'),
    pass: choice('who answered', ['live', 'night', 'backfill']),
  }),
  Correlations: fields({ ...page, correlations: list(schemaRef('Correlation'), 'newest first') }),
  Anomalies: fields({ ...page, anomalies: list(schemaRef('Correlation'), 'newest first') }),
  Prior: fields(
    {
      source: choice('the usual of the domain, or a profile of Powercalc', ['domain', 'powercalc']),
      profile: text('of the device', 'signify/LCT010'),
      power_w: measure('W', 'at full brightness or speed, less standby', 8.5),
      sd_w: orNull(measure('W', 'how far that may be off', 1)),
      standby_w: orNull(measure('W', 'while it is off', 0.4)),
    },
    ['profile', 'power_w', 'sd_w', 'standby_w'],
  ),
  LearnedEffect: fields({
    family: text('`switching` (on, off, brightness, speed) or a transition of states', 'switching'),
    effect_probability: share('that such an event changes the power', 0.98),
    events: measure('events', 'that it was learned from', 24),
    powers: list(
      fields({
        power_w: measure('W', 'that it switches by, at full brightness or speed', 60),
        sd_w: measure('W', 'how far single cases are off', 2),
        uses: measure('events', 'with this power; fades with time', 12.4),
      }),
    ),
  }),
  Devices: fields({
    devices: list(
      fields({
        entity_id: entityId,
        domain,
        events: count('that have been answered'),
        first_event: instant('of the oldest'),
        last_event: instant('of the newest'),
        prior: schemaRef('Prior'),
        learned: list(schemaRef('LearnedEffect')),
      }),
      'by their ids',
    ),
  }),
  Impact: fields({
    entity_id: entityId,
    domain,
    ...frame,
    events: count('in the period'),
    attributed_events: count('of them those with a change'),
    switched_on: count('how often it went on in the period'),
    on_time_s: measure('s', 'for how long it was on', 14_400),
    drawing_time_s: measure('s', 'of that the part in which it drew its power', 14_400),
    on_time_without_power_s: measure('s', 'of that the part whose power is not known: in no energy', 0),
    energy_kwh: measure('kWh', 'that it drew', 0.24),
    energy_low_kwh: measure('kWh', 'in 9 of 10 cases it is more than this, and', 0.22),
    energy_high_kwh: measure('kWh', 'less than this', 0.26),
    cost,
    energy_without_price_kwh: unpriced,
    states: list(schemaRef('StateImpact'), 'the one that lasted longest first'),
    prior: schemaRef('Prior'),
    learned: list(schemaRef('LearnedEffect')),
  }),
  StateImpact: fields({
    state: text('an active one', 'on'),
    level_percent: orNull(count('brightness or speed; null where it has none')),
    power_w: orNull(measure('W', 'that it draws; null where no event told it', 60)),
    low_w: orNull(measure('W', 'in 9 of 10 cases it is more than this, and', 55)),
    high_w: orNull(measure('W', 'less than this', 65)),
    evidence: count('the cases that told it'),
    on_time_s: measure('s', 'for how long it was in this state', 14_400),
  }),
  TopConsumers: fields({
    ...frame,
    consumers: list(
      fields({
        entity_id: entityId,
        domain,
        energy_kwh: measure('kWh', 'that it drew', 4.8),
        cost,
        energy_without_price_kwh: unpriced,
        on_time_s: measure('s', 'for how long it was on', 19_200),
        power_w: orNull(measure('W', 'in the state that lasted longest', 900)),
      }),
      'the largest first',
    ),
  }),
  PhantomLoad: fields({
    power_w: orNull(
      measure('W', 'what the home draws when nobody uses anything; null with too few nights', 96),
    ),
    nights: count('that it was computed from'),
    kwh_per_year: orNull(measure('kWh', 'in a year', 842)),
    cost_per_year: orNull(
      measure('currency', 'at the mean price of the nights; null where none is known', 269),
    ),
    currency: orNull(text('of the cost', 'EUR')),
  }),
  Statistics: fields({
    since: instant('of the last reset, or of the first start'),
    processed_until: orNull(instant('until when events have been answered')),
    second_pass_until: orNull(instant('until when the nightly pass has answered them again')),
    events: fields({
      accepted: count('taken'),
      duplicate: count('known already'),
      malformed: count('without a state that can be read'),
      future: count('more than five minutes ahead of the clock'),
      too_late: count('older than the watermark: the nightly pass answers them'),
      overloaded: count('more than can wait'),
    }),
    waiting_events: count('that the next run takes'),
    answers: count('that were given'),
    attributed: count('of them those with a change'),
    correlation_rate: orNull(share('attributed / answers; null before the first')),
    revisions: count('of answers'),
    runs: count('that were good'),
    failed_runs: count('that were not'),
    learned_entities: count('of which something is known'),
    price: fields({
      source: frame.price_source,
      entity_id: orNull(text('the sensor that says the price', 'sensor.electricity_price')),
      currency: orNull(text('of the price', 'EUR')),
      known_until: orNull(instant('until when prices are recorded')),
      problem: orNull(text('what keeps prices from being known')),
    }),
  }),
};

/** What `/health` counts. */
export const healthCounts: Readonly<Record<string, Schema>> = {
  last_successful_run: orNull(instant('when events were last answered')),
  total_runs: count('since the last reset, also those that failed'),
  failed_runs: count('of them'),
  success_rate: share('(total − failed) / total; 1 before the first'),
};
