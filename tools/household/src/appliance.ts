import { DayScript } from './day-script';
import { Random } from './random';
import { EntityAttributes } from './types';

export type CircuitId = 'hvac' | 'kitchen' | 'living_room' | 'office' | 'bedrooms' | 'other';

/** A stretch of constant power. A state or attribute given here is in force until the next one or the end. */
export interface Step {
  readonly durationS: number;
  readonly powerW: number;
  readonly state?: string;
  readonly attributes?: EntityAttributes;
}

/** One use of an appliance; afterwards it is back at standby and its entity at its idle state. */
export interface Activation {
  readonly startS: number;
  readonly steps: readonly Step[];
}

/** The entity through which home automation knows the appliance. */
export interface Control {
  readonly entityId: string;
  readonly idleState: string;
}

export interface Appliance {
  readonly id: string;
  readonly name: string;
  readonly circuitId: CircuitId;
  readonly area: string;
  readonly standbyW: number;
  readonly control?: Control;
  /** Activations that start on the script's day, in time order; each shorter than a day. */
  plan(script: DayScript, random: Random): Activation[];
}

/** Mean power with a random wander, one step per `everyS`. */
export function wanderingSteps(
  random: Random,
  durationS: number,
  everyS: number,
  meanW: number,
  relativeSd: number,
): Step[] {
  const steps: Step[] = [];
  let deviation = 0;
  for (let doneS = 0; doneS < durationS; doneS += everyS) {
    deviation = 0.8 * deviation + random.normal(0, 0.6 * relativeSd);
    const powerW = Math.max(0.3 * meanW, meanW * (1 + deviation));
    steps.push({ durationS: Math.min(everyS, durationS - doneS), powerW });
  }
  return steps;
}

/** Linear change of power in small steps, as a compressor or a charger ramps. */
export function rampSteps(fromW: number, toW: number, durationS: number, everyS: number): Step[] {
  const count = Math.max(1, Math.round(durationS / everyS));
  return Array.from({ length: count }, (_, index) => ({
    durationS: Math.round(durationS / count),
    powerW: fromW + ((toW - fromW) * (index + 1)) / count,
  }));
}

/** A heater that its thermostat switches: full power, then pauses. Ends within `durationS`. */
export function thermostatSteps(
  random: Random,
  durationS: number,
  heatingW: number,
  idleW: number,
  warmUpS: number,
  onS: number,
  offS: number,
): Step[] {
  const steps: Step[] = [{ durationS: Math.min(warmUpS, durationS), powerW: heatingW }];
  let remainingS = durationS - warmUpS;
  for (let heating = false; remainingS > 0; heating = !heating) {
    const length = Math.round((heating ? onS : offS) * random.uniform(0.8, 1.2));
    const durationS = Math.min(Math.max(1, length), remainingS);
    steps.push({ durationS, powerW: heating ? heatingW : idleW });
    remainingS -= durationS;
  }
  return steps;
}

/** Marks the first step with the entity's state. */
export function withState(steps: readonly Step[], state: string, attributes: EntityAttributes = {}): Step[] {
  const [first, ...rest] = steps;
  return first === undefined ? [] : [{ ...first, state, attributes }, ...rest];
}
