import { Clock, isJsonObject, isMeterError } from '@smart-meter/meter-adapter';
import { HttpClient } from '@smart-meter/meter-http';
import { RequestLedger } from './request-ledger';

const ASK_AGAIN_AFTER_MS = 10 * 60_000;

/** Asks, after failures and not more often than every ten minutes, whether Emporia has announced maintenance. */
export class MaintenanceProbe {
  private lastAskedMs = -Infinity;
  private down = false;

  constructor(
    private readonly http: HttpClient,
    private readonly url: string,
    private readonly ledger: RequestLedger,
    private readonly clock: Clock,
  ) {}

  /** Down only where the file exists and says so: in normal running it is absent, which shows as HTTP 403 or 404. */
  async isDown(signal: AbortSignal): Promise<boolean> {
    if (this.clock.monotonicMs() - this.lastAskedMs < ASK_AGAIN_AFTER_MS) return this.down;
    this.lastAskedMs = this.clock.monotonicMs();
    try {
      this.ledger.spend('maintenance');
      const { value } = await this.http.json({ url: this.url, signal });
      this.down = isJsonObject(value) && value['msg'] === 'down';
    } catch (error) {
      // The probe explains another failure; it must not put its own in that one's place.
      if (!isMeterError(error)) throw error;
      this.down = false;
    }
    return this.down;
  }
}
