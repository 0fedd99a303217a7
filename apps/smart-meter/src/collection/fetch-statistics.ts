import { MeterError, StaleSource } from '@smart-meter/meter-adapter';

/** How the fetches went since the service started. */
export class FetchStatistics {
  private total = 0;
  private failed = 0;
  lastSuccessAt: Date | null = null;
  lastError: { code: string; message: string; at: Date } | null = null;
  /** What the last answer said about the source. */
  stale: readonly StaleSource[] = [];
  warnings: readonly string[] = [];

  /** All attempts, also those that failed. */
  get totalFetches(): number {
    return this.total;
  }

  get failedFetches(): number {
    return this.failed;
  }

  /** From 0 to 1; 1 before the first attempt. */
  get successRate(): number {
    return this.total === 0 ? 1 : (this.total - this.failed) / this.total;
  }

  get lastAttemptFailed(): boolean {
    return this.lastError !== null;
  }

  succeeded(at: Date, warnings: readonly string[], stale: readonly StaleSource[]): void {
    this.total += 1;
    this.lastSuccessAt = at;
    this.lastError = null;
    this.warnings = warnings;
    this.stale = stale;
  }

  failedWith(error: MeterError, at: Date): void {
    this.total += 1;
    this.failed += 1;
    this.lastError = { code: error.code, message: error.message, at };
  }
}
