import { errors } from 'undici';
import { isMeterError, MeterError } from '@smart-meter/meter-adapter';

/** What to tell a user about each fault of the network; anything else is named by its code. */
const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the name server does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the connection timed out',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer was cut short',
  EPROTO: 'it does not speak TLS there (http:// instead of https://?)',
};

export function describeNetworkFault(error: unknown, peer: string, url: URL): MeterError {
  if (isMeterError(error)) return error;
  const code = errorCode(error);
  if (error instanceof errors.HTTPParserError) {
    // The parser keeps what it read, which may be a secret: its error is not passed on.
    return new MeterError('malformed_response', `${peer} does not speak HTTP at ${url.host}`);
  }
  const sentence = (code && SENTENCES[code]) ?? code ?? 'the request failed';
  return new MeterError('unavailable', `${peer} cannot be reached at ${url.host}: ${sentence}`, {
    cause: error,
  });
}

/** Node hides the reason of a failed connection one or two levels down. */
function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('errors' in error && Array.isArray(error.errors)) return errorCode(error.errors[0]);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? errorCode(error.cause) : undefined;
}
