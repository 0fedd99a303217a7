import {
  backoffDelayMs,
  Clock,
  isMeterError,
  MeterError,
  RetryPolicy,
  toMeterError,
} from '@smart-meter/meter-adapter';
import { HttpClient } from '@smart-meter/meter-http';
import { ApiAnswer, readAnswer } from './api-answer';
import { MaintenanceProbe } from './maintenance';
import { RequestBudgetError, RequestKind, RequestLedger } from './request-ledger';
import { EmporiaSession } from './session';

/** Emporia fails sporadically: a quick second and third try save most minutes. */
const QUICK_RETRIES = 2;
const QUICK_RETRY: RetryPolicy = { firstDelayMs: 1_000, longestDelayMs: 4_000, longestRetryAfterMs: 0 };
/** Between cycles that failed as a whole. */
const HOLD_OFF: RetryPolicy = {
  firstDelayMs: 10_000,
  longestDelayMs: 10 * 60_000,
  longestRetryAfterMs: 60 * 60_000,
};
const MAINTENANCE_RETRY_AFTER_MS = 10 * 60_000;

/** The account lost a device since the inventory was read. */
export class DeviceRefusedError extends MeterError {
  constructor() {
    super(
      'unavailable',
      'Emporia says that a device is not of this account (any more): the list of devices is read anew.',
    );
  }
}

export interface ApiRequest {
  kind: RequestKind;
  url: string;
  /** The header that carries the token. */
  tokenHeader: string;
}

/** Authorised, counted, patient GET requests of one account. */
export class CloudClient {
  private holdOff: { attempt: number; untilMs: number; error: MeterError } | null = null;

  constructor(
    private readonly http: HttpClient,
    private readonly session: EmporiaSession,
    private readonly ledger: RequestLedger,
    private readonly maintenance: MaintenanceProbe,
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** The JSON of the answer; null where it is empty. Throws `MeterError`. */
  async get(request: ApiRequest, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    this.throwWhileHeldOff();
    try {
      const value = await this.getPatiently(request, signal);
      this.holdOff = null;
      return value;
    } catch (error) {
      if (!isMeterError(error) || !saysTheCloudIsIll(error, request.kind)) throw error;
      throw this.holdOffAfter(await this.explain(error, signal));
    }
  }

  private async getPatiently(request: ApiRequest, signal: AbortSignal): Promise<unknown> {
    let tokenRenewed = false;
    for (let failures = 0; ;) {
      const idToken = await this.session.idToken(signal);
      const answer = await this.ask(request, idToken, signal);
      if (answer.outcome === 'data') return answer.value;
      if (answer.outcome === 'device_refused') throw new DeviceRefusedError();
      if (answer.outcome === 'token_refused') {
        if (tokenRenewed) throw tokenStillRefused();
        tokenRenewed = true;
        this.session.reject(idToken);
        continue;
      }
      failures += 1;
      if (answer.error.code !== 'unavailable' || failures > QUICK_RETRIES) throw answer.error;
      await this.clock.sleep(backoffDelayMs(failures, QUICK_RETRY, this.random), signal);
    }
  }

  private async ask(request: ApiRequest, idToken: string, signal: AbortSignal): Promise<ApiAnswer> {
    this.ledger.spend(request.kind);
    try {
      const headers = { [request.tokenHeader]: idToken, 'user-agent': 'smart-meter' };
      return readAnswer(await this.http.exchange({ url: request.url, headers, signal }), this.clock.now());
    } catch (error) {
      signal.throwIfAborted();
      return { outcome: 'failed', error: toMeterError(error, 'asking Emporia') };
    }
  }

  private throwWhileHeldOff(): void {
    if (!this.holdOff) return;
    const leftMs = this.holdOff.untilMs - this.clock.monotonicMs();
    if (leftMs <= 0) return;
    const { error } = this.holdOff;
    throw new MeterError(error.code, error.message, { cause: error, retryAfterMs: leftMs });
  }

  private async explain(error: MeterError, signal: AbortSignal): Promise<MeterError> {
    if (error.code !== 'unavailable' || !(await this.maintenance.isDown(signal))) return error;
    return new MeterError(
      'unavailable',
      'Emporia has shut its service for maintenance: it is asked again later.',
      {
        cause: error,
        retryAfterMs: MAINTENANCE_RETRY_AFTER_MS,
      },
    );
  }

  private holdOffAfter(error: MeterError): MeterError {
    const attempt = (this.holdOff?.attempt ?? 0) + 1;
    const delayMs = backoffDelayMs(attempt, HOLD_OFF, this.random, error.retryAfterMs);
    this.holdOff = { attempt, untilMs: this.clock.monotonicMs() + delayMs, error };
    return error;
  }
}

/** One device, one channel's history or our own budget says nothing about the next request. */
function saysTheCloudIsIll(error: MeterError, kind: RequestKind): boolean {
  if (error instanceof DeviceRefusedError || error instanceof RequestBudgetError) return false;
  return error.code !== 'configuration' && !(kind === 'chart' && error.code === 'unsupported');
}

function tokenStillRefused(): MeterError {
  return new MeterError(
    'authentication',
    'Emporia refuses even a new token of this account: sign in to the Emporia app to see whether the account is in order, ' +
      'and give the credentials anew.',
  );
}
