import { instantOrNull, isJsonObject, JsonObject, toKwh, toWatts } from '@smart-meter/meter-adapter';

/** One entity as Home Assistant states it. */
export interface EntityState {
  /** `sensor.total_power`; its owner may change it at any time. */
  entityId: string;
  /** Always text, with a decimal point; `unknown` and `unavailable` are not values. */
  state: string;
  attributes: JsonObject;
  /** The state text last changed. */
  lastChangedAt: Date | null;
  /** The state or an attribute last changed. */
  lastUpdatedAt: Date | null;
  /** The integration last wrote, changed or not; null before Home Assistant 2024.4 and on the WebSocket stream. */
  lastReportedAt: Date | null;
}

const ENTITY_ID = /^[^.\s]+\.[^.\s]+$/;

/** An entity of `GET /api/states` or of `get_states`; null where it is not one, so that it costs only itself. */
export function parseEntityState(value: unknown): EntityState | null {
  if (!isJsonObject(value)) return null;
  const { entity_id: entityId, state, attributes } = value;
  if (typeof entityId !== 'string' || !ENTITY_ID.test(entityId) || typeof state !== 'string') return null;
  const { last_changed: changed, last_updated: updated, last_reported: reported } = value;
  // Mostly the three are equal, and reading a time is what costs most here.
  const lastChangedAt = instantOrNull(changed);
  const lastUpdatedAt = updated === changed ? lastChangedAt : instantOrNull(updated);
  const lastReportedAt = reported === updated ? lastUpdatedAt : instantOrNull(reported);
  return {
    entityId,
    state,
    attributes: isJsonObject(attributes) ? attributes : {},
    lastChangedAt,
    lastUpdatedAt,
    lastReportedAt,
  };
}

/** What `Number()` also takes and no sensor means: hexadecimal, empty, infinities. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number that a state stands for, or null: `unavailable`, `None`, `12,5`, `NaN` and the like are unknown. */
export function numericState(state: string): number | null {
  const text = state.trim();
  if (!DECIMAL.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** A text attribute, or undefined. */
export function textAttribute(attributes: JsonObject, name: string): string | undefined {
  const value = attributes[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The unit in force for this very state: its owner may choose another at any time. */
export function unitOf(entity: Pick<EntityState, 'attributes'>): string | undefined {
  return textAttribute(entity.attributes, 'unit_of_measurement');
}

/** W, or null where the state is no number or its unit not one of active power. */
export function powerW(entity: Pick<EntityState, 'state' | 'attributes'>): number | null {
  return converted(entity, toWatts);
}

/** kWh, or null where the state is no number or its unit not one of energy. */
export function energyKwh(entity: Pick<EntityState, 'state' | 'attributes'>): number | null {
  return converted(entity, toKwh);
}

function converted(
  entity: Pick<EntityState, 'state' | 'attributes'>,
  convert: (value: number, unit: string) => number | null,
): number | null {
  const value = numericState(entity.state);
  const unit = unitOf(entity);
  return value === null || unit === undefined ? null : convert(value, unit);
}
