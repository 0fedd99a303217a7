import { Clock, DocumentStore, toMeterError } from '@smart-meter/meter-adapter';
import { energyCounters, SourcePlan } from '../discovery/source-plan';
import { EntityState } from '../entity-state/entity-state';
import { CounterEntity } from './counter';
import { parseDailyEnergySnapshot } from './daily-energy-snapshot';
import { DailyEnergyTracker } from './daily-energy-tracker';

export interface DailyEnergyKeeperOptions {
  clock: Clock;
  store: DocumentStore | undefined;
  /** IANA name of Home Assistant's time zone. */
  timeZone(signal: AbortSignal): Promise<string>;
  /** The states in force at an instant, from history. */
  statesAt(entityIds: readonly string[], at: Date, signal: AbortSignal): Promise<CounterEntity[]>;
}

const BASELINE_RETRY_MS = 30 * 60_000;
const LONGEST_BASELINE_MS = 10_000;

/** Counts the energy of today for polling and streaming alike, over restarts. */
export class DailyEnergyKeeper {
  private tracker: DailyEnergyTracker | undefined;
  private baselinesDueAtMs = -Infinity;

  constructor(private readonly options: DailyEnergyKeeperOptions) {}

  /**
   * Gets ready to count. Power does not depend on it, so the only error is the caller's own abort.
   * @returns what the user should know, a sentence each
   */
  async open(plan: SourcePlan, signal: AbortSignal): Promise<string[]> {
    if (this.tracker || energyCounters(plan).size === 0) return [];
    let timeZone: string;
    try {
      timeZone = await this.options.timeZone(signal);
    } catch (error) {
      signal.throwIfAborted();
      const { message } = toMeterError(error, 'asking for the time zone');
      return [`the energy of today is unknown: ${message}`];
    }
    try {
      const saved = parseDailyEnergySnapshot(await this.options.store?.load());
      this.tracker = new DailyEnergyTracker({ timeZone, saved });
      return [];
    } catch (error) {
      this.tracker = new DailyEnergyTracker({ timeZone });
      return [`the energy of today is counted anew: ${toMeterError(error, 'loading it').message}`];
    }
  }

  /** Takes note of counters; nothing happens before it is open. */
  observe(counters: Iterable<EntityState>, at: Date): void {
    for (const counter of counters) this.tracker?.observe(counter, at);
  }

  /** kWh since the local midnight before `at`; null = unknown. */
  dailyKwh(entityId: string, at: Date): number | null {
    return this.tracker?.dailyKwh(entityId, at) ?? null;
  }

  /**
   * Asks history for counters at midnight where they are wanted, and saves.
   * @returns what the user should know, a sentence each
   */
  async settle(plan: SourcePlan, at: Date, signal: AbortSignal): Promise<string[]> {
    if (!this.tracker) return [];
    await this.fetchBaselines(this.tracker, at, signal);
    const { entityIds } = this.tracker.missingBaselines(at);
    const missing = plan.dailyEnergy.filter(({ entityId }) => entityIds.includes(entityId));
    const warnings = missing.map(
      ({ entityId }) =>
        `the energy of today is unknown: what ${entityId} counted until midnight is not known`,
    );
    try {
      await this.options.store?.save(this.tracker.toJSON());
    } catch (error) {
      const { message } = toMeterError(error, 'saving it');
      warnings.push(`after a restart the energy of today may be unknown: ${message}`);
    }
    return warnings;
  }

  private async fetchBaselines(tracker: DailyEnergyTracker, at: Date, signal: AbortSignal): Promise<void> {
    const { clock, statesAt } = this.options;
    const { midnight, entityIds } = tracker.missingBaselines(at);
    if (entityIds.length === 0 || clock.monotonicMs() < this.baselinesDueAtMs) return;
    this.baselinesDueAtMs = clock.monotonicMs() + BASELINE_RETRY_MS;
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_BASELINE_MS)]);
    try {
      for (const state of await statesAt(entityIds, midnight, bounded)) tracker.setBaseline(state, midnight);
    } catch {
      // Without history the counters stay unknown until midnight, which `settle` tells.
      signal.throwIfAborted();
    }
  }
}
