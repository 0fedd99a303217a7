import { Layout } from './layout';
import { localDayStartMs } from './local-day';
import { consumedKwh, Energies } from './reading';

const MINUTE_MS = 60_000;
/** How long after midnight Emporia may still tell yesterday's energy as today's. */
const MIDNIGHT_LAG_MS = 30 * MINUTE_MS;
const REFRESH_AFTER_MS = 15 * MINUTE_MS;
/** Where minutes are missing, the sum is lost and asked for anew, but not more often than this. */
const ASK_AGAIN_AFTER_MS = 5 * MINUTE_MS;

/**
 * Energy since local midnight, per circuit: Emporia's own figure, carried on by the minutes measured since.
 * A minute that is missing makes it unknown until the figure has been asked for again.
 */
export class DailyEnergy {
  private readonly energiesKwh = new Map<string, number>();
  private coveredToMs: number | null = null;
  private confirmedAtMs = -Infinity;
  private askedAtMs = -Infinity;

  /** kWh by circuit id, as of the last minute that was added. */
  get values(): ReadonlyMap<string, number> {
    return this.energiesKwh;
  }

  /** Adds the minute that ends at `endsAt`; one that was added before is not added again. */
  addMinute(endsAt: Date, layout: Layout, energies: Energies): void {
    const endMs = endsAt.getTime();
    if (this.coveredToMs === endMs) return;
    if (this.coveredToMs !== endMs - MINUTE_MS) this.energiesKwh.clear();
    this.coveredToMs = endMs;
    const atMidnight = new Set(zonesOf(layout).filter((zone) => localDayStartMs(endMs, zone) === endMs));
    for (const circuit of layout.circuits) {
      const soFarKwh = this.energiesKwh.get(circuit.id);
      const energyKwh = energies.get(circuit.id) ?? null;
      if (atMidnight.has(circuit.timeZone)) this.energiesKwh.set(circuit.id, 0);
      else if (soFarKwh === undefined || energyKwh === null) this.energiesKwh.delete(circuit.id);
      else this.energiesKwh.set(circuit.id, soFarKwh + consumedKwh(circuit, energyKwh));
    }
  }

  /** Whether to ask for Emporia's figure now. */
  isDue(at: Date, layout: Layout): boolean {
    const known = layout.circuits.some(
      ({ id, counts, listed }) => (counts || listed) && this.energiesKwh.has(id),
    );
    // Also after the clock was set back: what lies in the future is as old as what lies far behind.
    const waitedMs = Math.abs(at.getTime() - (known ? this.confirmedAtMs : this.askedAtMs));
    return (
      waitedMs >= (known ? REFRESH_AFTER_MS : ASK_AGAIN_AFTER_MS) && !this.isJustAfterMidnight(at, layout)
    );
  }

  /** Emporia's figures as of the minute that was added last. */
  confirm(at: Date, layout: Layout, energies: Energies): void {
    this.confirmedAtMs = at.getTime();
    for (const circuit of layout.circuits) {
      const energyKwh = energies.get(circuit.id) ?? null;
      if (energyKwh !== null) this.energiesKwh.set(circuit.id, consumedKwh(circuit, energyKwh));
    }
  }

  noteAsked(at: Date): void {
    this.askedAtMs = at.getTime();
  }

  private isJustAfterMidnight(at: Date, layout: Layout): boolean {
    return zonesOf(layout).some(
      (zone) => at.getTime() - localDayStartMs(at.getTime(), zone) < MIDNIGHT_LAG_MS,
    );
  }
}

const zonesOf = (layout: Layout): string[] => [...new Set(layout.circuits.map(({ timeZone }) => timeZone))];
