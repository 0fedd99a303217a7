import { Clock, toMeterError } from '@smart-meter/meter-adapter';
import { HomeAssistantConnector } from '../websocket/connector';
import { HomeContext, readHomeContext } from './home-context';

/** No event tells of a changed energy dashboard, so it is read anew now and then. */
const FRESH_FOR_MS = 60 * 60_000;
const RETRY_AFTER_MS = 5 * 60_000;
const LONGEST_READ_MS = 10_000;

/** Keeps what Home Assistant tells over the WebSocket alone, so that polling can use it as well. */
export class ContextKeeper {
  /** Empty until it was first read; kept while it cannot be read anew. */
  context: HomeContext = {};
  /** Why the context is empty; undefined where it is not. */
  failure: string | undefined;
  private dueAtMs = -Infinity;

  constructor(
    private readonly connector: Pick<HomeAssistantConnector, 'use'>,
    private readonly clock: Clock,
  ) {}

  /** Reads the context where it is due. Polling works without it, so the only error is the caller's own abort. */
  async refreshIfDue(signal: AbortSignal): Promise<void> {
    if (this.clock.monotonicMs() < this.dueAtMs) return;
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_READ_MS)]);
    try {
      this.update(await this.connector.use((connection) => readHomeContext(connection, bounded), bounded));
    } catch (error) {
      signal.throwIfAborted();
      this.dueAtMs = this.clock.monotonicMs() + RETRY_AFTER_MS;
      const hasContext = Object.keys(this.context).length > 0;
      if (!hasContext) this.failure = toMeterError(error, 'reading the registries').message;
    }
  }

  /** Takes over what another connection has read. */
  update(context: HomeContext): void {
    this.context = context;
    this.failure = undefined;
    this.dueAtMs = this.clock.monotonicMs() + FRESH_FOR_MS;
  }
}
