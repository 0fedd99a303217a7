import { HttpError, InfluxDB, Transport } from '@influxdata/influxdb-client';
import { Clock, parseRetryAfterMs } from '@smart-meter/meter-adapter';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { Answer, answerOfStatus } from './answer';
import { WriteEndpoint } from './target';

const compress = promisify(gzip);
const SMALLEST_COMPRESSED_CHARS = 1_000;
const LONGEST_REASON_CHARS = 1_000;

export interface TransportOptions {
  endpoint: WriteEndpoint;
  clock: Clock;
  timeoutMs: number;
  gzip: boolean;
  maxSockets: number;
}

/**
 * HTTP through the transport of the InfluxDB client and nothing else of it: its write API keeps lines in memory
 * only, drops them on most answers and reads Retry-After as milliseconds.
 */
export class InfluxTransport {
  private readonly transport: Transport;
  private readonly agent: HttpAgent;

  constructor(private readonly options: TransportOptions) {
    const { endpoint, timeoutMs, maxSockets } = options;
    const isHttps = endpoint.url.startsWith('https:');
    this.agent = new (isHttps ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets });
    this.transport = new InfluxDB({
      url: endpoint.url,
      // Ours comes first and ends the request; the client's would leave it running.
      timeout: 2 * timeoutMs,
      transportOptions: { agent: this.agent },
    }).transport;
  }

  /** Posts lines. Rejects only with the signal's reason. */
  async write(lines: string, signal: AbortSignal): Promise<Answer> {
    const { endpoint, gzip } = this.options;
    if (!gzip || lines.length < SMALLEST_COMPRESSED_CHARS) {
      return this.send('POST', endpoint.writePath, lines, endpoint.headers, signal);
    }
    const body = await compress(lines, { level: constants.Z_BEST_SPEED });
    const headers = { ...endpoint.headers, 'content-encoding': 'gzip' };
    return this.send('POST', endpoint.writePath, body, headers, signal);
  }

  /**
   * @param onHeaders told the headers of the answer
   * Rejects only with the signal's reason.
   */
  async send(
    method: 'GET' | 'POST',
    path: string,
    body: string | Buffer,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    onHeaders: (headers: Readonly<Record<string, unknown>>) => void = () => undefined,
  ): Promise<Answer> {
    signal.throwIfAborted();
    const { clock, timeoutMs } = this.options;
    // One controller per request: it ends the socket on a time-out, which the client alone does not.
    const request = new AbortController();
    const stop = () => request.abort();
    signal.addEventListener('abort', stop, { once: true });
    const finished = new AbortController();
    let timedOut = false;
    clock.sleep(timeoutMs, finished.signal).then(
      () => {
        timedOut = true;
        request.abort();
      },
      () => undefined, // The request was faster.
    );
    try {
      const answer = await new Promise<Answer>((resolve) => {
        let status = 0;
        const accepted = () => status >= 200 && status < 300;
        this.transport.send(
          path,
          // Typed as a string, but any bytes do: the transport copies them with Buffer.from.
          body as string,
          { method, headers: { ...headers }, signal: request.signal },
          {
            responseStarted: (answerHeaders, statusCode = 0) => {
              status = statusCode;
              onHeaders(answerHeaders);
            },
            next: () => true,
            complete: () => resolve({ kind: 'accepted' }),
            // Lines count as stored from the status on, whatever becomes of the rest of the answer.
            error: (error) => resolve(accepted() ? { kind: 'accepted' } : this.faultOf(error, timedOut)),
          },
        );
      });
      if (answer.kind !== 'accepted') signal.throwIfAborted();
      return answer;
    } finally {
      finished.abort();
      signal.removeEventListener('abort', stop);
    }
  }

  /** Closes the sockets that are kept open. */
  close(): void {
    this.agent.destroy();
  }

  private faultOf(error: Error, timedOut: boolean): Answer {
    const { clock, endpoint, timeoutMs } = this.options;
    const reason = (text: string) => endpoint.redact(text).trim().slice(0, LONGEST_REASON_CHARS);
    if (timedOut) return { kind: 'failed', status: 0, reason: `no answer within ${timeoutMs} ms` };
    if (!(error instanceof HttpError))
      return { kind: 'failed', status: 0, reason: reason(networkReason(error)) };
    const retryAfter: unknown = error.headers?.['retry-after'];
    const retryAfterMs =
      typeof retryAfter === 'string' ? parseRetryAfterMs(retryAfter, clock.now()) : undefined;
    return answerOfStatus(error.statusCode, reason(serversWords(error)), retryAfterMs);
  }
}

/** Node hides the reasons for each address of a name in an AggregateError without a message. */
function networkReason(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return error.message || code || error.name;
}

/** 1.x says `{"error"}`, 2.x and 3 say `{"message"}`; a proxy says anything. */
function serversWords({ json, body, statusMessage }: HttpError): string {
  const words: unknown = json?.error ?? json?.message;
  // 3 lists each refused line in `data`.
  if (typeof words === 'string' && json?.data === undefined) return words;
  return body || statusMessage || 'no reason given';
}
