/** What went wrong, and so who has to act. Callers branch on this, never on the text. */
export const METER_ERROR_CODES = [
  /** The user's settings are wrong; trying again cannot help. */
  'configuration',
  /** The source refuses the credentials; trying again with the same ones can do harm. */
  'authentication',
  /** The source asks for fewer requests. */
  'rate_limited',
  /** The source cannot be reached, is starting, or failed by itself. */
  'unavailable',
  /** The source answered with something that is not what its protocol says. */
  'malformed_response',
  /** The source cannot do what was asked. */
  'unsupported',
] as const;

export type MeterErrorCode = (typeof METER_ERROR_CODES)[number];

export interface MeterErrorOptions {
  cause?: unknown;
  /** Whether the same call may succeed later. Default: what the code implies. */
  retryable?: boolean;
  /** How long the source asked to be left alone, ms. */
  retryAfterMs?: number;
}

const RETRYABLE_BY_DEFAULT: Record<MeterErrorCode, boolean> = {
  configuration: false,
  authentication: false,
  rate_limited: true,
  unavailable: true,
  malformed_response: true,
  unsupported: false,
};

/** Holds across two installed copies of this package, where `instanceof` does not. */
const BRAND = Symbol.for('@smart-meter/meter-error');

/** The one error type of meters, the journal and the delivery. No secret ever enters a message. */
export class MeterError extends Error {
  readonly [BRAND] = true;
  readonly code: MeterErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;

  constructor(code: MeterErrorCode, message: string, options: MeterErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MeterError';
    this.code = code;
    this.retryable = options.retryable ?? RETRYABLE_BY_DEFAULT[code];
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

export function isMeterError(error: unknown): error is MeterError {
  return typeof error === 'object' && error !== null && BRAND in error;
}

/**
 * Any thrown value as a `MeterError`: itself, or wrapped as `unavailable` with the cause kept.
 * @param doing what was being done, for the message: `reading states`
 */
export function toMeterError(error: unknown, doing: string): MeterError {
  if (isMeterError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new MeterError('unavailable', `${doing} failed: ${reason}`, { cause: error });
}
