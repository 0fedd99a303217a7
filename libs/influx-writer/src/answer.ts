/** What a server's answer, or its absence, means for the lines that were sent. */
export type Answer =
  | { kind: 'accepted' }
  /** At least one line is not acceptable; others may have been stored. */
  | ({ kind: 'refused' } & Fault)
  | ({ kind: 'too_large' } & Fault)
  /** Nothing is wrong with the lines: somebody has to change a setting. */
  | ({ kind: 'misconfigured' } & Fault)
  /** May pass by itself. */
  | ({ kind: 'failed'; retryAfterMs?: number } & Fault);

export interface Fault {
  /** HTTP status; 0 where no answer came. */
  status: number;
  /** The server's words, or the network's, without secrets. */
  reason: string;
}

const PASSING = new Set([408, 425, 429]);

/** @param status 300 and above */
export function answerOfStatus(
  status: number,
  reason: string,
  retryAfterMs?: number,
): Exclude<Answer, { kind: 'accepted' }> {
  if (status === 400 || status === 422) return { kind: 'refused', status, reason };
  if (status === 413) return { kind: 'too_large', status, reason };
  if (status >= 500 || PASSING.has(status)) {
    return { kind: 'failed', status, reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  return { kind: 'misconfigured', status, reason };
}

/** Stable codes of what keeps lines from getting through, and what each says to an operator. */
export const FAULT_SENTENCES = {
  unreachable: 'InfluxDB cannot be reached',
  authentication: 'InfluxDB refuses the credentials',
  not_found: 'InfluxDB has no such database, bucket or write API',
  configuration: 'InfluxDB refuses every write',
  rate_limited: 'InfluxDB asks for fewer requests',
  unavailable: 'InfluxDB fails to take writes',
  outbox: 'the outbox cannot be read or written',
} as const;
export type FaultCode = keyof typeof FAULT_SENTENCES;

export function faultCode({ kind, status }: { kind: 'misconfigured' | 'failed'; status: number }): FaultCode {
  if (status === 0) return 'unreachable';
  if (status === 401 || status === 403) return 'authentication';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  return kind === 'misconfigured' ? 'configuration' : 'unavailable';
}
