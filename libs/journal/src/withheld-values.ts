import { CircuitReading, HomeQuantity, MeterReading, shareOfTotal } from '@smart-meter/meter-adapter';

/** Values of a reading that are not to be told. */
export class WithheldValues {
  readonly home = new Set<HomeQuantity>();
  readonly powers = new Set<CircuitReading>();
  readonly energies = new Set<CircuitReading>();

  constructor(private readonly reading: MeterReading) {}

  /** The reading without them. Circuits stay, if need be without a value: others are named with them in view. */
  rest(): MeterReading {
    const { reading, home, powers, energies } = this;
    if (home.size + powers.size + energies.size === 0) return reading;
    const rest: MeterReading = {
      ...reading,
      circuits: reading.circuits.map((circuit) => this.#restOf(circuit)),
    };
    for (const quantity of home) delete rest[quantity];
    return rest;
  }

  #restOf(circuit: CircuitReading): CircuitReading {
    const powerW = this.powers.has(circuit) ? null : circuit.powerW;
    const percentage = shareOfTotal(powerW, this.reading.totalPowerW);
    const { dailyKwh, ...rest } = { ...circuit, powerW, percentage };
    return dailyKwh === undefined || this.energies.has(circuit) ? rest : { ...rest, dailyKwh };
  }
}
