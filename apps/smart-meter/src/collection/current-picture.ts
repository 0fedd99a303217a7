import {
  CircuitReading,
  HOME_QUANTITIES,
  HomeQuantity,
  MeterReading,
  shareOfTotal,
} from '@smart-meter/meter-adapter';

/** What is known of the home now: the newest value of everything, put together from whole and partial readings. */
export class CurrentPicture {
  private readonly home = new Map<HomeQuantity, { value: number | null; atMs: number }>();
  private readonly circuits = new Map<string, { circuit: CircuitReading; atMs: number }>();
  private newest: MeterReading | undefined;

  get totalPowerW(): number | null {
    return this.home.get('totalPowerW')?.value ?? null;
  }

  /** Takes a reading in; values older than what is known are passed over. */
  add(reading: MeterReading): void {
    const atMs = reading.observedAt.getTime();
    for (const quantity of HOME_QUANTITIES) {
      const value = reading[quantity];
      const known = this.home.get(quantity);
      if (value !== undefined && (!known || known.atMs <= atMs)) this.home.set(quantity, { value, atMs });
    }
    for (const circuit of reading.circuits) {
      const known = this.circuits.get(circuit.id);
      if (!known || known.atMs <= atMs) this.circuits.set(circuit.id, { circuit, atMs });
    }
    if (!this.newest || this.newest.observedAt.getTime() <= atMs) this.newest = reading;
  }

  /** A whole reading is the whole truth: circuits that it does not name are gone. */
  retainCircuitsOf(reading: MeterReading): void {
    const ids = new Set(reading.circuits.map(({ id }) => id));
    for (const id of this.circuits.keys()) if (!ids.has(id)) this.circuits.delete(id);
  }

  /** The picture as one reading at the instant of its newest part; null before the first. */
  reading(): MeterReading | null {
    if (!this.newest) return null;
    const totalPowerW = this.totalPowerW;
    const home = Object.fromEntries([...this.home].map(([quantity, { value }]) => [quantity, value]));
    return {
      ...home,
      meterId: this.newest.meterId,
      observedAt: this.newest.observedAt,
      averagedOverS: this.newest.averagedOverS,
      totalPowerW,
      dailyKwh: this.home.get('dailyKwh')?.value ?? null,
      circuits: [...this.circuits.values()].map(({ circuit }) => ({
        ...circuit,
        percentage: shareOfTotal(circuit.powerW, totalPowerW),
      })),
      provenance: this.newest.provenance,
    };
  }
}

/** The reading with each circuit's share of the home, as far as the home's power is known. */
export function withShares(reading: MeterReading, knownTotalPowerW: number | null): MeterReading {
  const totalPowerW = reading.totalPowerW === undefined ? knownTotalPowerW : reading.totalPowerW;
  return {
    ...reading,
    circuits: reading.circuits.map((circuit) => ({
      ...circuit,
      percentage: shareOfTotal(circuit.powerW, totalPowerW),
    })),
  };
}
