import { MeterError, parseRetryAfterMs } from '@smart-meter/meter-adapter';
import { request } from 'undici';

export interface Exchange {
  /** Who is asked, for messages: `InfluxDB`. */
  peer: string;
  url: string;
  method?: 'GET' | 'POST';
  headers?: Readonly<Record<string, string>>;
  body?: string;
  signal: AbortSignal;
  /** How long the other side may be silent, before its answer and within it, ms. */
  silenceMs: number;
}

const MOST_ERROR_CHARACTERS = 300;

/**
 * The body of an answer, piece by piece as it arrives.
 * Throws `MeterError`: `unavailable` (network, silence, 5xx), `authentication` (401, 403), `rate_limited` (429),
 * `unsupported` (other 4xx).
 */
export async function* bodyOf(exchange: Exchange): AsyncGenerator<Buffer, void, undefined> {
  const { peer, url, method = 'GET', headers = {}, body, signal, silenceMs } = exchange;
  signal.throwIfAborted();
  try {
    const answer = await request(url, {
      method,
      headers,
      signal,
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
      ...(body === undefined ? {} : { body }),
    });
    if (answer.statusCode !== 200) {
      const words = await answer.body.text();
      throw refusal(peer, answer.statusCode, words, answer.headers['retry-after']);
    }
    for await (const piece of answer.body) yield piece as Buffer;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof MeterError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new MeterError('unavailable', `${peer} cannot be read: ${reason}`, { cause: error });
  }
}

function refusal(peer: string, status: number, words: string, retryAfter: unknown): MeterError {
  const said = `${peer} answered HTTP ${status}: ${words.slice(0, MOST_ERROR_CHARACTERS)}`;
  if (status === 401 || status === 403) return new MeterError('authentication', said, { retryable: true });
  const header = typeof retryAfter === 'string' ? retryAfter : undefined;
  const retryAfterMs = parseRetryAfterMs(header, new Date());
  const options = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (status === 429) return new MeterError('rate_limited', said, options);
  if (status >= 500) return new MeterError('unavailable', said, options);
  return new MeterError('unsupported', said);
}

/** Lines of a text that comes in pieces, without their ends. A line over the bound is `malformed_response`. */
export async function* linesOf(
  pieces: AsyncIterable<Buffer>,
  peer: string,
  maxLineCharacters = 4_000_000,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    rest += decoder.decode(piece, { stream: true });
    let start = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', start)) {
      yield rest.slice(start, rest[end - 1] === '\r' && end > start ? end - 1 : end);
      start = end + 1;
    }
    rest = rest.slice(start);
    if (rest.length > maxLineCharacters) {
      throw new MeterError(
        'malformed_response',
        `${peer}: a line is longer than ${maxLineCharacters} characters`,
      );
    }
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

/** JSON, or `malformed_response` that names the peer and not the text. */
export function parseJson(text: string, peer: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser quotes what it read: its error is not passed on either.
    throw new MeterError('malformed_response', `${peer}: expected JSON`);
  }
}
