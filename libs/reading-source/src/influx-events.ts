import { InfluxQl, literal, quoted } from './influx-ql';
import { EVENT_FIELDS, homeEvent, Row } from './influx-rows';
import { InfluxReadTarget } from './influx-target';
import { HomeEventSource, Period, StoredHomeEvent } from './sources';

export interface InfluxEventsOptions {
  /** Only entities of these domains; empty = all. */
  domains: readonly string[];
}

/** Home events from `home_assistant_events`, by InfluxQL. */
export class InfluxQlEvents implements HomeEventSource {
  readonly #influx: InfluxQl;
  readonly #domains: readonly string[];

  constructor(target: InfluxReadTarget, { domains }: InfluxEventsOptions) {
    this.#influx = new InfluxQl(target);
    this.#domains = domains;
  }

  async *events(period: Period, signal: AbortSignal): AsyncGenerator<StoredHomeEvent, void, undefined> {
    const query = {
      select: [...EVENT_FIELDS, 'entity_id', 'domain'].map(quoted).join(', '),
      from: '"home_assistant_events"',
      ...domainCondition(this.#domains),
    };
    for await (const row of this.#influx.rows(query, period, signal)) {
      const event = homeEvent(row);
      if (event) yield event;
    }
  }
}

/** Attributes that matter, as Home Assistant's integration writes them: numbers as they are, texts as `<name>_str`. */
const ATTRIBUTE_FIELDS = [
  'brightness',
  'percentage',
  'temperature',
  'hvac_action_str',
  'hvac_action',
] as const;

/**
 * Home events from what Home Assistant's own `influxdb` integration writes: an event is a row of any measurement
 * with the tags `domain` and `entity_id` (without its domain) and the state in `state`, or in `value` where it is a
 * number. It writes neither the state before nor the times at which an entity is unavailable.
 */
export class InfluxIntegrationEvents implements HomeEventSource {
  readonly #influx: InfluxQl;
  readonly #domains: readonly string[];

  constructor(target: InfluxReadTarget, { domains }: InfluxEventsOptions) {
    this.#influx = new InfluxQl(target, 1_000);
    this.#domains = domains;
  }

  async *events(period: Period, signal: AbortSignal): AsyncGenerator<StoredHomeEvent, void, undefined> {
    const query = {
      select: ['state', 'value', 'entity_id', 'domain', ...ATTRIBUTE_FIELDS].map(quoted).join(', '),
      from: '/.*/',
      ...domainCondition(this.#domains),
    };
    for await (const row of this.#influx.rows(query, period, signal)) {
      const event = integrationEvent(row);
      if (event) yield event;
    }
  }
}

/** A row of Home Assistant's integration as an event; null for a row of anything else. */
export function integrationEvent(row: Row): StoredHomeEvent | null {
  const { entity_id: objectId, domain, state, value } = row;
  if (typeof objectId !== 'string' || typeof domain !== 'string' || objectId === '' || domain === '')
    return null;
  const current = state ?? value;
  if (current === null || current === undefined) return null;
  const attributes = ATTRIBUTE_FIELDS.flatMap((field) => {
    const attribute = row[field];
    return attribute === null || attribute === undefined
      ? []
      : [[field.replace(/_str$/, ''), attribute] as const];
  });
  return {
    entityId: `${domain}.${objectId}`,
    at: new Date(row.time),
    state: current,
    attributes: Object.fromEntries(attributes),
  };
}

function domainCondition(domains: readonly string[]): { where?: string } {
  if (domains.length === 0) return {};
  return { where: `(${domains.map((domain) => `"domain" = ${literal(domain)}`).join(' OR ')})` };
}
