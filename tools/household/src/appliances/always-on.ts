import { Appliance, CircuitId, wanderingSteps } from '../appliance';

interface AlwaysOnModel {
  readonly id: string;
  readonly name: string;
  readonly circuitId: CircuitId;
  readonly area: string;
  readonly meanW: number;
  readonly relativeSd: number;
  readonly everyS: number;
}

/** A load that never stops and wanders a little: router, standby of many small things. */
export function alwaysOn(model: AlwaysOnModel): Appliance {
  const { id, name, circuitId, area, meanW, relativeSd, everyS } = model;
  return {
    id,
    name,
    circuitId,
    area,
    standbyW: meanW,
    plan: ({ day }, random) => [
      { startS: day.startS, steps: wanderingSteps(random, day.endS - day.startS, everyS, meanW, relativeSd) },
    ],
  };
}
