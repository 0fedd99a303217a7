import { JsonObject } from '@smart-meter/meter-adapter';
import { EntityState } from '../entity-state/entity-state';

/** Domains whose entities switch or set something that draws power. */
export const EVENT_DOMAINS = [
  'light',
  'switch',
  'climate',
  'fan',
  'cover',
  'media_player',
  'vacuum',
  'lawn_mower',
  'water_heater',
  'humidifier',
  'scene',
  'script',
  'input_boolean',
  'valve',
  'siren',
] as const;

/** Attributes that say how much, of whichever domain has them. */
const MEANINGFUL_ATTRIBUTES = [
  'brightness',
  'color_temp_kelvin',
  'rgb_color',
  'effect',
  'temperature',
  'target_temp_high',
  'target_temp_low',
  'current_temperature',
  'hvac_action',
  'hvac_mode',
  'preset_mode',
  'fan_mode',
  'fan_speed',
  'swing_mode',
  'operation_mode',
  'away_mode',
  'percentage',
  'oscillating',
  'direction',
  'current_position',
  'current_tilt_position',
  'volume_level',
  'is_volume_muted',
  'source',
  'humidity',
  'current_humidity',
  'mode',
  'action',
  'status',
  'device_class',
  'friendly_name',
] as const;

/** A state change of an entity that is no meter. */
export interface HomeAssistantEvent {
  /** Of this change: the same live and from history. */
  eventId: string;
  entityId: string;
  /** `light` of `light.kitchen`. */
  domain: string;
  /** When it changed, by Home Assistant. */
  at: Date;
  state: string;
  /** null: there was none, or it is not known. */
  previousState: string | null;
  /** Those that matter (brightness, set-point, position, ...), as they were after the change. */
  attributes: JsonObject;
  /** Of those the ones that differ from before; all where nothing is known of before. */
  changedAttributes: readonly string[];
  /** The state stayed, attributes changed: a lamp was dimmed, a thermometer moved. */
  isAttributeOnly: boolean;
}

/**
 * The event that a change of an entity is. An entity that comes back is one whose previous state is `unavailable`.
 * @returns null where nothing that matters changed, and where the entity is gone: removed, unavailable or unknown
 */
export function homeAssistantEvent(
  before: EntityState | null,
  after: EntityState | null,
): HomeAssistantEvent | null {
  if (after === null || after.lastUpdatedAt === null || isAbsent(after.state)) return null;
  const { entityId, state, lastUpdatedAt } = after;
  const attributes = meaningful(after.attributes);
  const known = before !== null && !isAbsent(before.state) ? before : null;
  const attributesBefore = known ? meaningful(known.attributes) : {};
  const changedAttributes = Object.keys({ ...attributesBefore, ...attributes }).filter(
    (name) => JSON.stringify(attributes[name]) !== JSON.stringify(attributesBefore[name]),
  );
  const isAttributeOnly = known?.state === state;
  if (isAttributeOnly && changedAttributes.length === 0) return null;
  return {
    eventId: `${entityId}@${lastUpdatedAt.getTime()}`,
    entityId,
    domain: entityId.slice(0, entityId.indexOf('.')),
    at: lastUpdatedAt,
    state,
    previousState: before?.state ?? null,
    attributes,
    changedAttributes,
    isAttributeOnly,
  };
}

function isAbsent(state: string): boolean {
  return state === 'unavailable' || state === 'unknown';
}

function meaningful(attributes: JsonObject): JsonObject {
  return Object.fromEntries(
    MEANINGFUL_ATTRIBUTES.flatMap((name) => {
      const value = attributes[name];
      return value === undefined || value === null ? [] : [[name, value] as const];
    }),
  );
}
