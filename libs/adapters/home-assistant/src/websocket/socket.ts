import { IncomingMessage } from 'node:http';
import { MeterError } from '@smart-meter/meter-adapter';
import { describeNetworkFault } from '@smart-meter/meter-http';
import { WebSocket } from 'ws';

/** Real homes have snapshots of several MiB; a day of history may have tens. */
const MAX_MESSAGE_BYTES = 100 * 1024 * 1024;

/**
 * A WebSocket to Home Assistant that is about to open; `ws` answers pings by itself.
 * Not compressed: in a home network that only costs time on both sides.
 */
export function newSocket(webSocketUrl: string): WebSocket {
  try {
    return new WebSocket(webSocketUrl, { maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  } catch (error) {
    throw new MeterError('configuration', 'the WebSocket URL of Home Assistant is not valid', {
      cause: error,
    });
  }
}

/** Why a socket did not open, or broke. */
export function socketFault(error: Error, webSocketUrl: string): MeterError {
  if (isProtocolFault(error)) {
    return new MeterError(
      'malformed_response',
      `Home Assistant broke the WebSocket protocol: ${error.message}`,
      {
        cause: error,
      },
    );
  }
  return describeNetworkFault(error, 'Home Assistant', new URL(webSocketUrl));
}

function isProtocolFault(error: Error): boolean {
  return 'code' in error && String(error.code).startsWith('WS_ERR_');
}

/** What answered with HTTP instead of opening the WebSocket. */
export function handshakeFault({ statusCode = 0 }: IncomingMessage): MeterError {
  switch (statusCode) {
    case 401:
      return new MeterError('authentication', 'the Supervisor refused the token (HTTP 401)');
    case 403:
      return new MeterError(
        'authentication',
        'Home Assistant has banned this address (HTTP 403): remove it from ip_bans.yaml there and restart it',
        { retryable: true },
      );
    case 502:
    case 503:
    case 504:
      return new MeterError('unavailable', `Home Assistant is not up (HTTP ${statusCode})`);
    default:
      return new MeterError(
        'configuration',
        `what is at the configured URL opens no WebSocket (HTTP ${statusCode}): is it Home Assistant?`,
        { retryable: true },
      );
  }
}
