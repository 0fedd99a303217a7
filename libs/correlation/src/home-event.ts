/** A state change as a home reports it. Everything but the entity and the time may be missing or malformed. */
export interface HomeEvent {
  /** Stable id; by default `entityId@atMs`. Two events with one id are one event. */
  eventId?: string;
  /** For example `light.kitchen`. */
  entityId: string;
  /** When the state changed, ms since the epoch, on the home's clock. */
  atMs: number;
  /** The new state: a string, or anything that carries one (see readState). */
  state: unknown;
  /** The state before; when missing or empty the last one seen of this entity is used. */
  previousState?: unknown;
  /** Attributes after the change: brightness, percentage, temperature, hvac_action are understood. */
  attributes?: Record<string, unknown>;
}

/** A state as text and its attributes, whatever shape it came in. */
export interface ReadState {
  state: string;
  attributes: Record<string, unknown>;
}

const DICT_STATE = /['"](?:state|new_state)['"]\s*:\s*['"]([^'"]*)['"]/;
const MAX_STATE_LENGTH = 255;

/**
 * Reads a state that may be a string, a number, a boolean, a state object (`{state, attributes}`) or the text
 * of such an object (JSON or a Python dict). Returns null when there is none.
 */
export function readState(raw: unknown): ReadState | null {
  if (typeof raw === 'boolean') return { state: raw ? 'on' : 'off', attributes: {} };
  if (typeof raw === 'number') return Number.isFinite(raw) ? { state: String(raw), attributes: {} } : null;
  if (typeof raw === 'string') {
    const text = raw.trim();
    if (text === '') return null;
    if (text.startsWith('{')) return readDictText(text);
    return { state: text.slice(0, MAX_STATE_LENGTH).toLowerCase(), attributes: {} };
  }
  if (isRecord(raw)) {
    const inner = 'state' in raw ? raw['state'] : raw['new_state'];
    if (inner === undefined || inner === raw) return null;
    const read = readState(inner);
    if (!read) return null;
    return {
      state: read.state,
      attributes: isRecord(raw['attributes']) ? raw['attributes'] : read.attributes,
    };
  }
  return null;
}

function readDictText(text: string): ReadState | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? readState(parsed) : null;
  } catch {
    // Not JSON: the text of a Python dict, of which only the state can be trusted.
    const state = DICT_STATE.exec(text)?.[1];
    return state ? readState(state) : null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The part of an entity id before the dot; the whole id when there is none. */
export function domainOf(entityId: string): string {
  const dot = entityId.indexOf('.');
  return dot > 0 ? entityId.slice(0, dot) : entityId;
}
