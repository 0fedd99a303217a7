import { Attribution, CoEvent, ReasonCode } from '@smart-meter/correlation';

/** Who gave an answer: as events came, at night, or by a backfill. */
export type Pass = 'live' | 'night' | 'backfill';

/** What an event did to the power, as it is kept. Powers in W; null = unknown. */
export interface Answer {
  id: number;
  eventId: string;
  entityId: string;
  domain: string;
  state: string;
  previousState: string | null;
  atMs: number;
  channel: string;
  deltaW: number | null;
  estimateW: number | null;
  sdW: number | null;
  probability: number;
  confidence: number;
  reason: ReasonCode | null;
  beforeW: number | null;
  afterW: number | null;
  expectedW: number | null;
  expectedSdW: number | null;
  horizonS: number;
  /** Brightness or speed after the event in tenths of full; null where the entity has none. */
  levelTenths: number | null;
  coEvents: readonly CoEvent[];
  /** Counts from 1; earlier versions are kept. */
  revision: number;
  provisional: boolean;
  pass: Pass;
  writtenAtMs: number;
}

/** An answer that a method gives, with what the store adds. */
export interface NewAnswer {
  attribution: Attribution;
  levelTenths: number | null;
  pass: Pass;
}

/** The change as a share of the power before, %; null where either is unknown or there was none. */
export function deltaPercent({ beforeW, deltaW }: Pick<Answer, 'beforeW' | 'deltaW'>): number | null {
  return beforeW === null || deltaW === null || beforeW <= 0 ? null : (deltaW / beforeW) * 100;
}

/** Changes of an answer below these are not worth a revision. */
const POWER_TOLERANCE_W = 1;
const POWER_TOLERANCE_SHARE = 0.02;
const SD_TOLERANCE_SHARE = 0.25;
const CONFIDENCE_TOLERANCE = 0.02;

/** Whether two answers say the same. Settling (no longer provisional) alone changes nothing that was said. */
export function saysTheSame(known: Answer, next: Attribution): boolean {
  return (
    known.reason === next.reason &&
    isNear(known.deltaW, next.deltaW, tolerance(next.deltaW, POWER_TOLERANCE_SHARE)) &&
    isNear(known.sdW, next.sdW, tolerance(next.sdW, SD_TOLERANCE_SHARE)) &&
    isNear(known.confidence, next.confidence, CONFIDENCE_TOLERANCE)
  );
}

function tolerance(powerW: number | null, share: number): number {
  return Math.max(POWER_TOLERANCE_W, share * Math.abs(powerW ?? 0));
}

function isNear(a: number | null, b: number | null, within: number): boolean {
  return a === null || b === null ? a === b : Math.abs(a - b) <= within;
}
