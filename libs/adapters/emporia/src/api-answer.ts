import { isJsonObject, MeterError, parseRetryAfterMs } from '@smart-meter/meter-adapter';
import { HttpResponse } from '@smart-meter/meter-http';

/**
 * What an answer of Emporia's interface means and so what to do. The bodies of refusals can echo the owner's
 * e-mail address: nothing of them is passed on.
 */
export type ApiAnswer =
  /** `value` is null where the body is empty: no data yet. */
  | { outcome: 'data'; value: unknown }
  /** The token is not taken: get a new one and ask once more. */
  | { outcome: 'token_refused' }
  /** A device that is not, or no longer, the account's; a new token does not help. */
  | { outcome: 'device_refused' }
  | { outcome: 'failed'; error: MeterError };

const SPORADIC_STATUS = new Set([404, 408, 499]);

export function readAnswer(response: HttpResponse, now: Date): ApiAnswer {
  const { status } = response;
  if (status >= 200 && status < 300) return readData(response);
  const words = messageOf(response).toLowerCase();
  if (status === 401) {
    return words.includes('not authorized on the requested devicegid')
      ? { outcome: 'device_refused' }
      : { outcome: 'token_refused' };
  }
  const retryAfterMs = parseRetryAfterMs(response.headers['retry-after'], now);
  return { outcome: 'failed', error: failure(status, words, retryAfterMs) };
}

function readData(response: HttpResponse): ApiAnswer {
  const text = response.body.toString('utf8').trim();
  if (text === '') return { outcome: 'data', value: null };
  try {
    return { outcome: 'data', value: JSON.parse(text) };
  } catch {
    const contentType = response.headers['content-type'] ?? 'no content type';
    const error = new MeterError(
      'malformed_response',
      `Emporia answered with something that is not JSON (${contentType}, ${response.body.length} bytes)`,
    );
    return { outcome: 'failed', error };
  }
}

function failure(status: number, words: string, retryAfterMs: number | undefined): MeterError {
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (status === 429) {
    return new MeterError(
      'rate_limited',
      'Emporia asks for fewer requests (HTTP 429): it is asked again later.',
      retry,
    );
  }
  if (status === 403 && words.includes('missing authentication token')) {
    return new MeterError(
      'unsupported',
      'Emporia no longer offers this interface on the chosen host (HTTP 403): choose the other host, legacy or modern.',
    );
  }
  if (status === 403) {
    return new MeterError(
      'authentication',
      'Emporia denies this account the access (HTTP 403): sign in to the Emporia app to see whether the account is in order.',
    );
  }
  if (status >= 500 || SPORADIC_STATUS.has(status)) {
    return new MeterError(
      'unavailable',
      `Emporia's service fails (HTTP ${status}): it is asked again later.`,
      retry,
    );
  }
  return new MeterError(
    'unsupported',
    `Emporia refused the request as wrong (HTTP ${status}): it is not repeated; look for an update of this program.`,
  );
}

/** `{"message": ...}` on the legacy host, `{"error_message": ...}` on the modern one. */
function messageOf(response: HttpResponse): string {
  try {
    const value: unknown = JSON.parse(response.body.toString('utf8'));
    const message = isJsonObject(value) ? (value['message'] ?? value['error_message']) : undefined;
    return typeof message === 'string' ? message : '';
  } catch {
    // Not JSON: the status alone must do.
    return '';
  }
}
