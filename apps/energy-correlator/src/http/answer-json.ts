import { Answer, deltaPercent } from '../correlation/answer';

/** An answer as the API writes it: powers in W, null for the unknown. */
export interface CorrelationAnswer {
  event_id: string;
  timestamp: string;
  entity_id: string;
  domain: string;
  state: string;
  previous_state: string | null;
  /** Attributed change; null where there is none, for the reason. */
  power_delta_w: number | null;
  delta_sd_w: number | null;
  power_before_w: number | null;
  power_after_w: number | null;
  power_delta_pct: number | null;
  /** Best estimate even where none is attributed. */
  estimate_w: number | null;
  expected_w: number | null;
  expected_sd_w: number | null;
  /** That the event changed the power at all. */
  probability: number;
  /** That the change is right within 20 % or 10 W. */
  confidence: number;
  reason: Answer['reason'];
  channel: string;
  horizon_s: number;
  co_events: { event_id: string; entity_id: string; power_delta_w: number | null }[];
  revision: number;
  provisional: boolean;
  pass: Answer['pass'];
}

export function correlationAnswer(answer: Answer): CorrelationAnswer {
  return {
    event_id: answer.eventId,
    timestamp: new Date(answer.atMs).toISOString(),
    entity_id: answer.entityId,
    domain: answer.domain,
    state: answer.state,
    previous_state: answer.previousState,
    power_delta_w: answer.deltaW,
    delta_sd_w: answer.sdW,
    power_before_w: answer.beforeW,
    power_after_w: answer.afterW,
    power_delta_pct: deltaPercent(answer),
    estimate_w: answer.estimateW,
    expected_w: answer.expectedW,
    expected_sd_w: answer.expectedSdW,
    probability: answer.probability,
    confidence: answer.confidence,
    reason: answer.reason,
    channel: answer.channel,
    horizon_s: answer.horizonS,
    co_events: answer.coEvents.map(({ eventId, entityId, deltaW: powerW }) => ({
      event_id: eventId,
      entity_id: entityId,
      power_delta_w: powerW,
    })),
    revision: answer.revision,
    provisional: answer.provisional,
    pass: answer.pass,
  };
}
