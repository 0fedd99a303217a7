import { isMeterError, MeterReading, PROVENANCES } from '@smart-meter/meter-adapter';

/**
 * What is true of every reading of every meter.
 * @returns a sentence per violation; empty when the reading is sound
 */
export function readingFaults(reading: MeterReading): string[] {
  const faults: string[] = [];
  const expect = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault);
  };
  expect(reading.meterId.length > 0, 'meterId is empty');
  expect(
    reading.observedAt instanceof Date && !Number.isNaN(reading.observedAt.getTime()),
    'observedAt is not an instant',
  );
  expect(
    Number.isFinite(reading.averagedOverS) && reading.averagedOverS >= 0,
    `averagedOverS is ${reading.averagedOverS}`,
  );
  expect(PROVENANCES.includes(reading.provenance), `provenance is ${reading.provenance}`);
  const { totalPowerW, dailyKwh, gridPowerW, solarPowerW, batteryPowerW } = reading;
  for (const [name, value] of Object.entries({
    totalPowerW,
    dailyKwh,
    gridPowerW,
    solarPowerW,
    batteryPowerW,
  })) {
    expect(isMeasurable(value), `${name} is ${value}`);
  }
  const ids = new Set<string>();
  for (const circuit of reading.circuits) {
    expect(circuit.id.length > 0, 'a circuit has no id');
    expect(circuit.name.length > 0, `circuit ${circuit.id} has no name`);
    expect(!ids.has(circuit.id), `circuit ${circuit.id} occurs twice`);
    expect(circuit.parentId !== circuit.id, `circuit ${circuit.id} is its own parent`);
    expect(isMeasurable(circuit.powerW), `circuit ${circuit.id}: powerW is ${circuit.powerW}`);
    expect(isMeasurable(circuit.dailyKwh), `circuit ${circuit.id}: dailyKwh is ${circuit.dailyKwh}`);
    ids.add(circuit.id);
  }
  return faults;
}

/** What is true of every error that leaves an adapter; `secrets` must not show anywhere in it. */
export function errorFaults(error: unknown, secrets: readonly string[]): string[] {
  if (!isMeterError(error)) return [`not a MeterError: ${String(error)}`];
  const faults: string[] = [];
  if (error.message.trim().length < 10) faults.push(`the message says nothing: "${error.message}"`);
  for (const secret of secrets) {
    if (everythingIn(error).includes(secret)) faults.push(`a secret shows in the error "${error.code}"`);
  }
  return faults;
}

function isMeasurable(value: number | null | undefined): boolean {
  return value === null || value === undefined || Number.isFinite(value);
}

function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : everythingIn(error.cause);
  return `${error.message} ${JSON.stringify(error)} ${error.stack ?? ''} ${cause}`;
}
