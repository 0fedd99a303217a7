import { Clock, isMeterError, MeterError, PolledReading, StaleSource } from '@smart-meter/meter-adapter';
import { DailyEnergy } from './daily-energy';
import { floor } from './history-windows';
import { deviceName, Inventory } from './inventory';
import { Layout, layOut, LayoutOptions } from './layout';
import { makeReading } from './reading';
import { UsageAnswer } from './usage';

const MINUTE_MS = 60_000;
/** A minute is asked for this long after its end. */
const LAG_MS = 10_000;
/** The same where Emporia turned out to be slower. */
const PATIENT_LAG_MS = 60_000;
const PATIENT_FOR_MS = 60 * MINUTE_MS;
/** Emporia says for which instant it answered; further off than this is worth a warning. */
const ODD_INSTANT_MS = 30_000;
const STALE_AFTER_MS = 15 * MINUTE_MS;

/** The requests that a cycle makes. */
export interface UsageSource {
  readMinute(instant: Date, signal: AbortSignal): Promise<{ inventory: Inventory; answer: UsageAnswer }>;
  readDay(instant: Date, signal: AbortSignal): Promise<UsageAnswer>;
}

/** Import and export since local midnight, kWh, both >= 0. */
export interface GridEnergy {
  importKwh: number;
  exportKwh: number;
  asOf: Date;
}

/** Reads the last whole minute of the whole account, once, whoever asks and how often. */
export class LiveUsage {
  private readonly daily = new DailyEnergy();
  private readonly lastSeen = new Map<number, Date>();
  private last: { slotMs: number; polled: PolledReading } | null = null;
  private patientUntilMs = -Infinity;
  private usages: UsageAnswer['channels'] = new Map();
  private gridEnergy: GridEnergy | null = null;

  constructor(
    private readonly meterId: string,
    private readonly source: UsageSource,
    private readonly layoutOptions: LayoutOptions,
    private readonly clock: Clock,
  ) {}

  /** The channels as they were measured last; empty before the first reading. */
  get lastUsages(): UsageAnswer['channels'] {
    return this.usages;
  }

  /** null where the account has no such sums, as homes without solar power. */
  get gridEnergyToday(): GridEnergy | null {
    return this.gridEnergy;
  }

  async poll(signal: AbortSignal): Promise<PolledReading> {
    const nowMs = this.clock.now().getTime();
    const slotMs = floor(nowMs - LAG_MS, MINUTE_MS);
    if (this.last?.slotMs === slotMs) return this.last.polled;
    const isPatient = this.clock.monotonicMs() < this.patientUntilMs;
    const endMs = isPatient ? floor(nowMs - PATIENT_LAG_MS, MINUTE_MS) : slotMs;
    const polled = await this.pollMinute(new Date(endMs - MINUTE_MS), signal);
    const { reading } = polled;
    this.last = { slotMs, polled };
    const isKnown =
      reading.circuits.some(({ powerW }) => powerW !== null) || typeof reading.gridPowerW === 'number';
    if (!isKnown) this.patientUntilMs = this.clock.monotonicMs() + PATIENT_FOR_MS;
    return polled;
  }

  private async pollMinute(target: Date, signal: AbortSignal): Promise<PolledReading> {
    const { inventory, answer } = await this.source.readMinute(target, signal);
    const warnings: string[] = [];
    const minute = this.answeredMinute(target, answer, warnings);
    const observedAt = new Date(minute.getTime() + MINUTE_MS);
    this.usages = withUnheard(this.usages, answer.channels);
    const layout = layOut(inventory, this.usages, this.layoutOptions);
    const energies = energiesOf(layout, answer);
    this.daily.addMinute(observedAt, layout, energies);
    if (this.daily.isDue(observedAt, layout))
      await this.confirmDay(minute, observedAt, layout, warnings, signal);
    const reading = makeReading({
      meterId: this.meterId,
      layout,
      observedAt,
      bucketS: MINUTE_MS / 1000,
      energies,
      dailyKwh: this.daily.values,
      provenance: 'live',
    });
    if (layout.circuits.length > 0 && ![...energies.values()].some((energy) => energy !== null)) {
      warnings.push('Emporia has no data for this minute yet.');
    }
    return {
      reading,
      warnings: [...layout.warnings, ...warnings],
      stale: this.staleDevices(inventory, layout, energies, observedAt),
    };
  }

  private answeredMinute(target: Date, { instant }: UsageAnswer, warnings: string[]): Date {
    if (!instant) return target;
    const nowMs = this.clock.now().getTime();
    if (instant.getTime() > nowMs + MINUTE_MS) {
      throw new MeterError('malformed_response', 'Emporia answered for an instant in the future');
    }
    if (Math.abs(instant.getTime() - target.getTime()) > ODD_INSTANT_MS) {
      warnings.push(`Emporia answered for ${instant.toISOString()} instead of ${target.toISOString()}.`);
    }
    const minuteMs = floor(instant.getTime(), MINUTE_MS);
    // The minute that is not over yet cannot be a whole one.
    return new Date(Math.min(minuteMs, floor(nowMs, MINUTE_MS) - MINUTE_MS));
  }

  /** The day's energy is worth a warning and not the minute's reading. */
  private async confirmDay(
    instant: Date,
    observedAt: Date,
    layout: Layout,
    warnings: string[],
    signal: AbortSignal,
  ): Promise<void> {
    this.daily.noteAsked(observedAt);
    try {
      const answer = await this.source.readDay(instant, signal);
      this.daily.confirm(observedAt, layout, energiesOf(layout, answer));
      this.gridEnergy = gridEnergyOf(layout, answer, observedAt);
    } catch (error) {
      if (!isMeterError(error)) throw error;
      warnings.push(`The energy of the day is not known: ${error.message}`);
    }
  }

  private staleDevices(
    inventory: Inventory,
    layout: Layout,
    energies: ReadonlyMap<string, number | null>,
    observedAt: Date,
  ): StaleSource[] {
    for (const { id, gid } of layout.circuits) {
      if ((energies.get(id) ?? null) !== null) this.lastSeen.set(gid, observedAt);
    }
    return inventory.devices.flatMap((device) => {
      const lastReportedAt = this.lastSeen.get(device.gid) ?? device.offlineSince;
      if (!lastReportedAt || observedAt.getTime() - lastReportedAt.getTime() < STALE_AFTER_MS) return [];
      return [{ sourceId: `${device.gid} (${deviceName(device)})`, lastReportedAt }];
    });
  }
}

/** A device that an answer leaves out keeps the channels, and so the names, that it had. */
function withUnheard(
  known: UsageAnswer['channels'],
  answered: UsageAnswer['channels'],
): UsageAnswer['channels'] {
  const gids = new Set([...answered.values()].map(({ gid }) => gid));
  return new Map([...[...known].filter(([, { gid }]) => !gids.has(gid)), ...answered]);
}

/** Every channel that was measured; null for one that the account has but the answer lacks. */
export function energiesOf(layout: Layout, { channels }: UsageAnswer): Map<string, number | null> {
  return new Map(
    layout.circuits
      .filter(({ id, listed, counts }) => listed || counts || channels.has(id))
      .map(({ id }) => [id, channels.get(id)?.energyKwh ?? null]),
  );
}

/** Sums over all panels; the export comes as a negative number. */
function gridEnergyOf(layout: Layout, { channels }: UsageAnswer, asOf: Date): GridEnergy | null {
  const sum = (key: string): number | null => {
    const energies = layout.circuits
      .filter((circuit) => circuit.role === 'grid' && circuit.key === key)
      .flatMap(({ id }) => channels.get(id)?.energyKwh ?? []);
    return energies.length === 0 ? null : energies.reduce((total, energy) => total + energy, 0);
  };
  const [importKwh, exportKwh] = [sum('MainsFromGrid'), sum('MainsToGrid')];
  return importKwh === null || exportKwh === null
    ? null
    : { importKwh, exportKwh: Math.abs(exportKwh), asOf };
}
