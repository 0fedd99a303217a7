import { Clock, ConnectionTest, MeterError, systemClock } from '@smart-meter/meter-adapter';
import { Answer, FAULT_SENTENCES, faultCode } from './answer';
import { InfluxTransport } from './influx-transport';
import { InfluxTarget, WriteEndpoint, writeEndpoint } from './target';

const TIMEOUT_MS = 10_000;

/**
 * Whether lines could be written there, without writing any: reachable, credentials, database.
 * Never throws for what it is there to find out; rejects only when the signal aborts.
 */
export async function testInfluxConnection(
  target: InfluxTarget,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<ConnectionTest> {
  let endpoint: WriteEndpoint;
  try {
    endpoint = writeEndpoint(target);
  } catch (error) {
    const wrong = error instanceof MeterError ? error : new MeterError('configuration', String(error));
    return { ok: false, detail: wrong.message, error: wrong };
  }
  const transport = new InfluxTransport({
    endpoint,
    clock,
    timeoutMs: TIMEOUT_MS,
    gzip: false,
    maxSockets: 1,
  });
  try {
    let version: string | undefined;
    // An empty write meets every check of a write and stores nothing.
    const answer = await transport.send(
      'POST',
      endpoint.writePath,
      '',
      endpoint.headers,
      signal,
      (headers) => {
        const header = headers['x-influxdb-version'];
        if (typeof header === 'string') version = header;
      },
    );
    // 2.x and 3 come to the lines last and say that there are none.
    if (answer.kind === 'accepted' || answer.kind === 'refused') {
      const warnings = version === undefined ? ['the server does not say which InfluxDB it is'] : [];
      return {
        ok: true,
        detail: `InfluxDB ${version ?? '(unknown)'} takes writes to ${target.bucket}`,
        warnings,
      };
    }
    const error = errorOf(answer);
    return { ok: false, detail: error.message, error };
  } finally {
    transport.close();
  }
}

function errorOf(answer: Exclude<Answer, { kind: 'accepted' | 'refused' }>): MeterError {
  if (answer.kind === 'too_large')
    return new MeterError('malformed_response', 'InfluxDB calls an empty body too large');
  const code = faultCode(answer);
  const words = answer.status === 0 ? answer.reason : `${answer.status} ${answer.reason}`;
  const message = `${FAULT_SENTENCES[code]}: ${words}`;
  if (code === 'authentication') return new MeterError('authentication', message);
  if (code === 'rate_limited') return new MeterError('rate_limited', message);
  return new MeterError(answer.kind === 'misconfigured' ? 'configuration' : 'unavailable', message);
}
