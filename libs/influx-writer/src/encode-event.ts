import { timestampMs } from './encode-reading';
import { EncodedLines, tag, withField, withFloat, withText } from './line-protocol';

/** A row of `event_energy_correlation`: what a home event did to the power. */
export interface EventEnergyCorrelation {
  eventAt: Date;
  entityId: string;
  domain: string;
  state: string;
  previousState: string;
  /** W; null = unknown. */
  powerBeforeW: number | null;
  powerAfterW: number | null;
  powerDeltaW: number | null;
  /** % of the power before. */
  powerDeltaPct: number | null;
  /** Standard deviation of the delta, W. */
  deltaSdW?: number | null;
  /** Probability that the event caused the change, 0..1. */
  confidence?: number | null;
  /** Whether later samples may still change it. */
  provisional?: boolean;
  /** Counts the versions of this row from 0. */
  revision?: number;
  /** Why there is no answer. */
  reason?: string | null;
}

/** A row of `home_assistant_events`: a state change. */
export interface HomeEvent {
  eventAt: Date;
  entityId: string;
  domain: string;
  state: string;
  previousState: string | null;
}

/** A later revision of the same event overwrites the earlier one. */
export function encodeEventEnergyCorrelation(row: EventEnergyCorrelation): EncodedLines {
  const tags =
    tag('domain', row.domain) +
    tag('entity_id', row.entityId) +
    tag('previous_state', row.previousState) +
    tag('state', row.state);
  let fields = withFloat('', 'power_before_w', row.powerBeforeW);
  fields = withFloat(fields, 'power_after_w', row.powerAfterW);
  fields = withFloat(fields, 'power_delta_w', row.powerDeltaW);
  fields = withFloat(fields, 'power_delta_pct', row.powerDeltaPct);
  fields = withFloat(fields, 'delta_sd_w', row.deltaSdW);
  fields = withFloat(fields, 'confidence', row.confidence);
  if (row.provisional !== undefined) fields = withField(fields, `provisional=${row.provisional}`);
  if (row.revision !== undefined) fields = withField(fields, `revision=${Math.trunc(row.revision)}i`);
  fields = withText(fields, 'reason', row.reason);
  return line('event_energy_correlation', tags, fields, row.eventAt);
}

export function encodeHomeEvent(event: HomeEvent): EncodedLines {
  const tags = tag('domain', event.domain) + tag('entity_id', event.entityId);
  const fields = withText(withText('', 'state_value', event.state), 'previous_state', event.previousState);
  return line('home_assistant_events', tags, fields, event.eventAt);
}

function line(measurement: string, tags: string, fields: string, at: Date): EncodedLines {
  if (fields === '') return { lineProtocol: '', lineCount: 0 };
  return {
    lineProtocol: `${measurement}${tags} ${fields} ${timestampMs(at)}`,
    lineCount: 1,
  };
}
