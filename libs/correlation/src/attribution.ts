/** Why an event has no power change attributed to it. */
export type ReasonCode =
  /** No power samples around the event (yet). */
  | 'no_samples'
  /** The power changed too little, or too unclearly, to tell from the background. */
  | 'below_noise'
  /** Other events fall on the same step and it is not yet known which share is whose. */
  | 'shared_step'
  /** This kind of event of this entity has been seen to change nothing. */
  | 'no_effect_learned'
  /** The meter reports too seldom to separate this event from its neighbours. */
  | 'resolution_too_low';

/** Another event on the same step. */
export interface CoEvent {
  eventId: string;
  entityId: string;
  /** Its part of the step, W; null when it has none attributed. */
  deltaW: number | null;
}

/** What a slow load (a compressor, a heater) settled at, minutes after its event. */
export interface SettledChange {
  /** Change five minutes after the event, W: the step and the ramp after it. */
  deltaW: number;
  sdW: number;
  /** Probability that there is a ramp and the event caused it. */
  probability: number;
  /** Whether enough like it has been seen to attribute it. */
  sure: boolean;
}

/** What one event did to the power. */
export interface Attribution {
  eventId: string;
  entityId: string;
  domain: string;
  state: string;
  /** null when it is not known. */
  previousState: string | null;
  /** Time of the event, ms since the epoch. */
  atMs: number;
  /** The channel whose samples were used: `mains` or a circuit. */
  channel: string;
  /** Change that the event caused, W; null when none is attributed (see reason). */
  deltaW: number | null;
  /** How long after the event that change is reached, s: usually within half a minute, slow loads take minutes. */
  horizonS: number;
  /** Best estimate even when it is not attributed, W; null without samples. */
  estimateW: number | null;
  /** Standard deviation of the estimate, W; null without samples. */
  sdW: number | null;
  /** Probability, 0..1, that the event changed the power by at least the threshold. */
  probability: number;
  /** Calibrated probability, 0..1, that the true change is within max(10 W, 20 %) of the estimate. */
  confidence: number;
  /** null when a change is attributed. */
  reason: ReasonCode | null;
  coEvents: CoEvent[];
  /** Expected before looking at the power: what was learned of this entity so far, W; null when nothing is known. */
  expectedW: number | null;
  expectedSdW: number | null;
  /** Level of the channel before and after the group of events, W. */
  beforeW: number | null;
  afterW: number | null;
  /** Number of levels (plateaus or intervals) that the estimate rests on. */
  levelsUsed: number;
  /** What a load that ramps for minutes settled at; null where that is not looked for or not known yet. */
  settled: SettledChange | null;
  /** 1 for the first answer; grows with every change of it. */
  revision: number;
  /** False once the watermark has passed: only a second pass revises it after that. */
  provisional: boolean;
}
