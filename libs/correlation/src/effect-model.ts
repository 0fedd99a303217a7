import { ReadState } from './home-event';

/** What an entity is doing, as far as its power is concerned. */
export interface EntityLevel {
  state: string;
  active: boolean;
  /** Share of full power that its brightness or speed asks for, 0..1; null when it has none. */
  share: number | null;
  setPoint: number | null;
}

/** One parameter of a signature and how much of it this event adds to the power. */
export interface EffectTerm {
  parameter: string;
  coefficient: number;
}

/** Which learned signature an event draws on, and how its effect follows from the signature's parameters. */
export interface EffectModel {
  family: string;
  terms: EffectTerm[];
  /** +1 switches on or up, −1 off or down, 0 unknown. */
  direction: -1 | 0 | 1;
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
  'unavailable',
  'unknown',
  'not_home',
  'locked',
]);

/** Reads what matters for power out of a state and its attributes. */
export function levelOf(read: ReadState): EntityLevel {
  const action = read.attributes['hvac_action'];
  const state = typeof action === 'string' && action !== '' ? action.toLowerCase() : read.state;
  return {
    state,
    active: !INACTIVE_STATES.has(state),
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

/** The effect of going from one level to another. */
export function effectOf(from: EntityLevel | null, to: EntityLevel): EffectModel {
  const wasActive = from ? from.active : !to.active;
  if (!wasActive && to.active) return { family: SWITCHING, terms: powerTerms(to, 1), direction: 1 };
  if (wasActive && !to.active) {
    const level = from ?? { ...to, active: true, share: null };
    return {
      family: SWITCHING,
      terms: [...powerTerms(level, -1), { parameter: 'off', coefficient: -1 }],
      direction: -1,
    };
  }
  if (from && to.active && from.share !== null && to.share !== null && bucketOf(from) !== bucketOf(to)) {
    return {
      family: SWITCHING,
      terms: [...powerTerms(to, 1), ...powerTerms(from, -1)],
      direction: to.share > from.share ? 1 : -1,
    };
  }
  const setPoint = to.setPoint;
  if (from && to.active && setPoint !== null && from.setPoint !== null && setPoint !== from.setPoint) {
    const direction = setPoint > from.setPoint ? 1 : -1;
    const parameter = `${to.state} ${direction > 0 ? 'above' : 'below'} ${Math.round(from.setPoint)}`;
    return { family: 'set-point', terms: [{ parameter, coefficient: 1 }], direction: 0 };
  }
  if (from && from.state !== to.state) {
    const parameter = `${from.state}>${to.state}`;
    return { family: parameter, terms: [{ parameter, coefficient: 1 }], direction: 0 };
  }
  return { family: 'attributes', terms: [{ parameter: 'attributes', coefficient: 1 }], direction: 0 };
}

/** Power while active: the full power times the share, and the departure of this share from that line. */
function powerTerms(level: EntityLevel, sign: 1 | -1): EffectTerm[] {
  const bucket = bucketOf(level);
  if (level.share === null || bucket === 10) return [{ parameter: 'power', coefficient: sign }];
  return [
    { parameter: 'power', coefficient: sign * Math.max(0.02, level.share) },
    { parameter: `share ${bucket}`, coefficient: sign },
  ];
}

function bucketOf(level: EntityLevel): number {
  return level.share === null ? 10 : Math.round(level.share * 10);
}
