import { ReadState } from './home-event';

/** What an entity is doing, as far as its power is concerned. */
export interface EntityLevel {
  state: string;
  active: boolean;
  /** Share of full power that its brightness or speed asks for, 0..1; null when it has none. */
  share: number | null;
  setPoint: number | null;
}

/** Which learned signature an event draws on, and which part of the signature's power it switches. */
export interface EffectModel {
  family: string;
  /** +1 switches on or up, −1 off or down, 0 unknown. */
  direction: -1 | 0 | 1;
  /** Shares of full power before and after, in tenths; 10 = full, 0 = off. */
  fromTenths: number;
  toTenths: number;
}

/** Family of plain switching on and off (and of brightness and speed changes, which scale the same power). */
export const SWITCHING = 'switching';

const INACTIVE_STATES = new Set([
  'off',
  'closed',
  'docked',
  'idle',
  'standby',
  'paused',
  'false',
  '0',
  'not_home',
  'locked',
]);

/** States of an entity that is out of sight: what it draws meanwhile is anyone's guess. */
const UNSEEN_STATES = new Set(['unavailable', 'unknown', 'none']);

/** Whether an entity in this state (lower case) can be drawing power; one that is out of sight is taken not to. */
export function isActive(state: string): boolean {
  return !INACTIVE_STATES.has(state) && !UNSEEN_STATES.has(state);
}

/** Reads what matters for power out of a state and its attributes. */
export function levelOf(read: ReadState): EntityLevel {
  const action = read.attributes['hvac_action'];
  const state = typeof action === 'string' && action !== '' ? action.toLowerCase() : read.state;
  return {
    state,
    active: isActive(state),
    share: shareOf(read.attributes),
    setPoint: finite(read.attributes['temperature']),
  };
}

function shareOf(attributes: Record<string, unknown>): number | null {
  const brightness = finite(attributes['brightness']);
  if (brightness !== null) return clampShare(brightness / 255);
  const percent = finite(attributes['brightness_pct']) ?? finite(attributes['percentage']);
  return percent === null ? null : clampShare(percent / 100);
}

function clampShare(share: number): number {
  return Math.min(1, Math.max(0, share));
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** The effect of going from one level to another; from null = not known. */
export function effectOf(from: EntityLevel | null, to: EntityLevel): EffectModel {
  if (UNSEEN_STATES.has(to.state) || (from && UNSEEN_STATES.has(from.state))) {
    const family = `${from?.state ?? 'unknown'}>${to.state}`;
    return { family, direction: 0, fromTenths: 0, toTenths: 10 };
  }
  const wasActive = from ? from.active : !to.active;
  const toTenths = tenthsOf(to);
  if (!wasActive && to.active) return { family: SWITCHING, direction: 1, fromTenths: 0, toTenths };
  if (wasActive && !to.active) {
    return { family: SWITCHING, direction: -1, fromTenths: from ? tenthsOf(from) : 10, toTenths: 0 };
  }
  const other = { direction: 0, fromTenths: 0, toTenths: 10 } as const;
  if (!from) return { family: 'attributes', ...other };
  const fromTenths = tenthsOf(from);
  if (to.active && from.share !== null && to.share !== null && fromTenths !== toTenths) {
    return { family: SWITCHING, direction: toTenths > fromTenths ? 1 : -1, fromTenths, toTenths };
  }
  if (from.state !== to.state) return { family: `${from.state}>${to.state}`, ...other };
  if (to.active && to.setPoint !== null && from.setPoint !== null && to.setPoint !== from.setPoint) {
    const change = to.setPoint > from.setPoint ? 'up from' : 'down from';
    return { family: `set-point ${change} ${Math.round(from.setPoint)}`, ...other };
  }
  return { family: 'attributes', ...other };
}

function tenthsOf(level: EntityLevel): number {
  if (!level.active) return 0;
  return level.share === null ? 10 : Math.max(1, Math.round(level.share * 10));
}
