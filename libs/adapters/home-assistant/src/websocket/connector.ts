import { Clock, isMeterError, MeterError } from '@smart-meter/meter-adapter';
import { HomeAssistantConnection, openConnection } from './connection';

export interface ConnectorOptions {
  /** `ws://homeassistant.local:8123/api/websocket`, or the Supervisor's. */
  webSocketUrl: string;
  token: string;
  clock: Clock;
  /** One bound on connecting and on each command, ms. */
  timeoutMs?: number;
  /** How often the link is tried when nothing comes by itself, ms. */
  pingIntervalMs?: number;
}

/**
 * Opens WebSocket connections to Home Assistant. Once it has refused the token it is asked no more: each try is
 * logged there, and may end in a ban.
 */
export class HomeAssistantConnector {
  private refusal: MeterError | undefined;

  constructor(readonly options: ConnectorOptions) {}

  /**
   * Connects and authenticates.
   * Errors: `authentication` for a refused token (not retryable) and a banned address, `configuration` where
   * something else answers (retryable), `unavailable`, `malformed_response`.
   */
  async connect(signal: AbortSignal): Promise<HomeAssistantConnection> {
    signal.throwIfAborted();
    if (this.refusal) throw this.refusal;
    try {
      return await openConnection(this.options, signal);
    } catch (error) {
      if (isMeterError(error) && error.code === 'authentication' && !error.retryable) this.refusal = error;
      throw error;
    }
  }

  /** Connects, works, and closes again, whatever happens. */
  async use<Result>(
    work: (connection: HomeAssistantConnection) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    const connection = await this.connect(signal);
    try {
      return await work(connection);
    } finally {
      connection.close();
    }
  }
}
