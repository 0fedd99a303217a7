import { instantOrNull, isMeterError, MeterError } from '@smart-meter/meter-adapter';
import { HttpClient, HttpResponse } from '@smart-meter/meter-http';
import { RequestGate } from './request-gate';

/** What a data request is made with. */
export interface Access {
  accessToken: string;
  deviceId: string;
}

export interface DataAnswer {
  value: unknown;
  /** By our own clock. */
  receivedAt: Date;
  /** By Sense's clock where it tells, to compare with times in the answer. */
  sentAt: Date;
}

/** Sense does not take this access token; another one may do. Never leaves this package. */
export class TokenRefusedError extends Error {
  constructor() {
    super('Sense does not accept the access token');
  }
}

/** A spent refresh token cannot be had back: better wait long for the answer than ask twice. */
const FORM_TIMEOUT_MS = 30_000;

/** Sense's REST interface, request by request. */
export class SenseApi {
  constructor(
    private readonly http: HttpClient,
    private readonly gate: RequestGate,
    private readonly baseUrl: string,
  ) {}

  /**
   * A data request.
   * Throws `TokenRefusedError`, or `MeterError`: `configuration` where there is no access to what was asked for.
   */
  async get(path: string, access: Access, signal: AbortSignal): Promise<DataAnswer> {
    const response = await this.exchange({
      url: `${this.baseUrl}${path}`,
      headers: authorize(access),
      signal,
    });
    if (response.status === 401) throw new TokenRefusedError();
    if (response.status === 403 || response.status === 404) {
      throw new MeterError(
        'configuration',
        `this Sense account has no access to what was asked for (HTTP ${response.status}): check the monitor id`,
      );
    }
    this.http.expectSuccess(response);
    const { receivedAt, headers } = response;
    return {
      value: this.http.parseJson(response),
      receivedAt,
      sentAt: instantOrNull(headers['date']) ?? receivedAt,
    };
  }

  /** A log-in or renewal. Any status but 429 and 5xx is an answer. */
  async postForm(
    path: string,
    fields: Readonly<Record<string, string>>,
    deviceId: string,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    return this.exchange({
      url: `${this.baseUrl}${path}`,
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-sense-device-id': deviceId,
      },
      body: new URLSearchParams(fields).toString(),
      timeoutMs: FORM_TIMEOUT_MS,
      signal,
    });
  }

  parseJson(response: HttpResponse): unknown {
    return this.http.parseJson(response);
  }

  private async exchange(request: Parameters<HttpClient['exchange']>[0]): Promise<HttpResponse> {
    request.signal.throwIfAborted();
    this.gate.check();
    try {
      const response = await this.http.exchange(request);
      if (response.status === 429 || response.status >= 500) this.http.expectSuccess(response);
      this.gate.succeeded();
      return response;
    } catch (error) {
      if (isMeterError(error) && (error.code === 'rate_limited' || error.code === 'unavailable')) {
        throw this.gate.failed(error);
      }
      throw error;
    }
  }
}

export function authorize({ accessToken, deviceId }: Access): Record<string, string> {
  return { authorization: `bearer ${accessToken}`, 'x-sense-device-id': deviceId };
}
