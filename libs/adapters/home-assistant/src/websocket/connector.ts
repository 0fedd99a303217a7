import { isMeterError, MeterError } from '@smart-meter/meter-adapter';
import { ConnectionOptions, HomeAssistantConnection, openConnection } from './connection';

/**
 * Opens WebSocket connections to Home Assistant. Once it has refused the token it is asked no more: each try is
 * logged there, and may end in a ban.
 */
export class HomeAssistantConnector {
  private refusal: MeterError | undefined;

  constructor(readonly options: ConnectionOptions) {}

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
