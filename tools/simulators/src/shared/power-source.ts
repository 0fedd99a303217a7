import { Household, HouseholdEnergy } from '@smart-meter/household';

/** What one clamp or plug measures: signed, + = import. */
export interface PowerSource {
  powerW(at: Date): number;
  /** The integral of the power, kWh. */
  energyKwh(from: Date, to: Date): number;
}

/** The home's connection to the grid. */
export function gridSource(household: Household): PowerSource {
  return {
    powerW: (at) => household.powerAt(at).gridPowerW,
    energyKwh: (from, to) => {
      const { gridImportKwh, gridExportKwh } = household.energyKwhBetween(from, to);
      return gridImportKwh - gridExportKwh;
    },
  };
}

/** Three phases that together are the grid: circuits go round, solar and battery feed the first. */
export function phaseSources(household: Household): [PowerSource, PowerSource, PowerSource] {
  const topLevel = household.circuits.filter(({ parentId }) => parentId === null).map(({ id }) => id);
  // Each phase is asked for the same stretch: the home works it out once.
  let last: { fromMs: number; toMs: number; energy: HouseholdEnergy } | undefined;
  const energyBetween = (from: Date, to: Date): HouseholdEnergy => {
    const [fromMs, toMs] = [from.getTime(), to.getTime()];
    if (last?.fromMs !== fromMs || last.toMs !== toMs) {
      last = { fromMs, toMs, energy: household.energyKwhBetween(from, to) };
    }
    return last.energy;
  };
  const phase = (index: number): PowerSource => {
    const ids = topLevel.filter((_, position) => position % 3 === index);
    const sum = (circuits: ReadonlyMap<string, number>) =>
      ids.reduce((total, id) => total + (circuits.get(id) ?? 0), 0);
    const isFed = index === 0;
    return {
      powerW: (at) => {
        const { circuits, solarPowerW, batteryPowerW } = household.powerAt(at);
        return sum(circuits) - (isFed ? (solarPowerW ?? 0) + (batteryPowerW ?? 0) : 0);
      },
      energyKwh: (from, to) => {
        const energy = energyBetween(from, to);
        const fedKwh =
          (energy.solarKwh ?? 0) + (energy.batteryDischargeKwh ?? 0) - (energy.batteryChargeKwh ?? 0);
        return sum(energy.circuits) - (isFed ? fedKwh : 0);
      },
    };
  };
  return [phase(0), phase(1), phase(2)];
}

export function circuitSource(household: Household, circuitId: string): PowerSource {
  return {
    powerW: (at) => household.powerAt(at).circuits.get(circuitId) ?? 0,
    energyKwh: (from, to) => household.energyKwhBetween(from, to).circuits.get(circuitId) ?? 0,
  };
}

/** The feed of the solar system, + = production. */
export function solarSource(household: Household): PowerSource {
  return {
    powerW: (at) => household.powerAt(at).solarPowerW ?? 0,
    energyKwh: (from, to) => household.energyKwhBetween(from, to).solarKwh ?? 0,
  };
}

/** Energy of both directions, Wh. */
export interface TwoWayEnergy {
  readonly importWh: number;
  readonly exportWh: number;
}

const MINUTE_MS = 60_000;

/** Counts import and export minute by minute since the meter was installed, as meters with a memory do. */
export class MinuteCounter {
  /** What the counters showed at the end of each minute. */
  private readonly totals: TwoWayEnergy[] = [{ importWh: 0, exportWh: 0 }];

  constructor(
    private readonly source: PowerSource,
    /** A whole minute. */
    readonly installedAt: Date,
  ) {}

  /** What was counted in the minute that begins then; it must be over. */
  minuteAt(startMs: number): TwoWayEnergy {
    const index = (startMs - this.installedAt.getTime()) / MINUTE_MS;
    const [before, after] = [this.totalAfter(index), this.totalAfter(index + 1)];
    return { importWh: after.importWh - before.importWh, exportWh: after.exportWh - before.exportWh };
  }

  /** The counters at the end of the last whole minute. */
  wholeMinutes(at: Date): TwoWayEnergy {
    return this.totalAfter(Math.floor((at.getTime() - this.installedAt.getTime()) / MINUTE_MS));
  }

  /** The counters at an instant. */
  at(at: Date): TwoWayEnergy {
    const minutes = Math.floor((at.getTime() - this.installedAt.getTime()) / MINUTE_MS);
    const from = new Date(this.installedAt.getTime() + minutes * MINUTE_MS);
    return added(this.totalAfter(minutes), this.source.energyKwh(from, at));
  }

  private totalAfter(minutes: number): TwoWayEnergy {
    while (this.totals.length <= minutes) {
      const fromMs = this.installedAt.getTime() + (this.totals.length - 1) * MINUTE_MS;
      const last = this.totals[this.totals.length - 1] ?? { importWh: 0, exportWh: 0 };
      this.totals.push(added(last, this.source.energyKwh(new Date(fromMs), new Date(fromMs + MINUTE_MS))));
    }
    return this.totals[Math.max(0, minutes)] ?? { importWh: 0, exportWh: 0 };
  }
}

function added({ importWh, exportWh }: TwoWayEnergy, netKwh: number): TwoWayEnergy {
  return {
    importWh: importWh + Math.max(0, netKwh * 1000),
    exportWh: exportWh + Math.max(0, -netKwh * 1000),
  };
}

/** A day before, at a whole minute: when a simulated meter was installed, unless told otherwise. */
export function dayBefore(now: Date): Date {
  return new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS - 24 * 60 * MINUTE_MS);
}
