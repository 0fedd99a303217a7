import {
  expectArray,
  expectObject,
  expectString,
  instantOrNull,
  isJsonObject,
  numberOrNull,
  Secret,
} from '@smart-meter/meter-adapter';
import { HttpClient } from '@smart-meter/meter-http';
import { Period } from '@smart-meter/journal';

/** What a home event did to the power, as energy-correlator tells it. */
export interface AttributedEvent {
  at: Date;
  entityId: string;
  state: string;
  /** W. */
  powerDeltaW: number;
  /** That the change is right, 0 to 1; null where it was not told. */
  confidence: number | null;
  /** Later power may still change the answer. */
  provisional: boolean;
}

export interface CorrelatorClientOptions {
  url: string;
  token: Secret | undefined;
  http: HttpClient;
}

const MOST_EVENTS = 1_000;
/** Smaller changes would only crowd a chart. */
const LEAST_DELTA_W = 10;

/** Asks energy-correlator which events changed the power. */
export class CorrelatorClient {
  constructor(private readonly options: CorrelatorClientOptions) {}

  /** The newest events of a period that changed the power. Throws `MeterError`. */
  async events({ from, to }: Period, signal: AbortSignal): Promise<AttributedEvent[]> {
    const { url, token, http } = this.options;
    const query = new URLSearchParams({
      from: from.toISOString(),
      to: to.toISOString(),
      min_delta: String(LEAST_DELTA_W),
      limit: String(MOST_EVENTS),
    });
    const { value } = await http.json({
      url: `${url.replace(/\/$/, '')}/correlations?${query}`,
      headers: token ? { authorization: `Bearer ${token.reveal()}` } : {},
      signal,
    });
    const { correlations } = expectObject(value, 'the answer');
    return expectArray(correlations, 'correlations').flatMap(attributedEvent);
  }
}

/** An event of an unknown time or effect cannot be shown; the others can. */
function attributedEvent(value: unknown): AttributedEvent[] {
  if (!isJsonObject(value)) return [];
  const at = instantOrNull(value['timestamp']);
  const powerDeltaW = numberOrNull(value['power_delta_w']);
  if (!at || powerDeltaW === null) return [];
  return [
    {
      at,
      powerDeltaW,
      entityId: expectString(value['entity_id'], 'entity_id'),
      state: expectString(value['state'], 'state'),
      confidence: numberOrNull(value['confidence']),
      provisional: value['provisional'] === true,
    },
  ];
}
