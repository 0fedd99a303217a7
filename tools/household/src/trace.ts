import { Activation, Appliance } from './appliance';
import { quantisePowerW, StepSeries, StepSeriesBuilder } from './step-series';
import { EntityAttributes } from './types';

/** A change of an appliance's entity, at the second when its power really changes. */
export interface Transition {
  readonly atS: number;
  readonly state: string;
  readonly previousState: string;
  readonly attributes: EntityAttributes;
}

/** What one appliance draws and shows, laid out in time from its activations. */
export class Trace {
  private readonly startsS: number[] = [Number.NEGATIVE_INFINITY];
  private readonly powersW: number[];
  readonly transitions: Transition[] = [];
  private state: string;
  private attributes: EntityAttributes = {};

  constructor(
    readonly appliance: Appliance,
    activations: readonly Activation[],
  ) {
    this.powersW = [quantisePowerW(appliance.standbyW)];
    this.state = this.idleState;
    const ordered = [...activations].sort((left, right) => left.startS - right.startS);
    ordered.forEach((activation, index) => {
      this.layOut(activation, ordered[index + 1]?.startS ?? Number.POSITIVE_INFINITY);
    });
  }

  powerWAt(atS: number): number {
    return this.powersW[this.indexAt(atS)] ?? 0;
  }

  seriesBetween(fromS: number, toS: number): StepSeries {
    const builder = new StepSeriesBuilder();
    builder.push(0, this.powerWAt(fromS));
    for (let index = this.indexAt(fromS) + 1; index < this.startsS.length; index += 1) {
      const startS = this.startsS[index] as number;
      if (startS >= toS) break;
      builder.push(startS - fromS, this.powersW[index] as number);
    }
    return builder.build(toS - fromS);
  }

  private get idleState(): string {
    return this.appliance.control?.idleState ?? 'off';
  }

  /** A later activation cuts an earlier one. */
  private layOut(activation: Activation, cutS: number): void {
    let startS = Math.round(activation.startS);
    let state = this.idleState;
    let attributes: EntityAttributes = {};
    for (const step of activation.steps) {
      if (startS >= cutS) return;
      const durationS = Math.round(step.durationS);
      if (durationS < 1) continue;
      state = step.state ?? state;
      attributes = step.attributes ?? attributes;
      this.push(startS, step.powerW, state, attributes);
      startS += durationS;
    }
    if (startS < cutS) this.push(startS, this.appliance.standbyW, this.idleState, {});
  }

  private push(startS: number, powerW: number, state: string, attributes: EntityAttributes): void {
    this.startsS.push(startS);
    this.powersW.push(quantisePowerW(powerW));
    if (state === this.state && sameAttributes(attributes, this.attributes)) return;
    this.transitions.push({ atS: startS, state, previousState: this.state, attributes });
    this.state = state;
    this.attributes = attributes;
  }

  private indexAt(atS: number): number {
    let low = 0;
    let high = this.startsS.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.startsS[middle] as number) <= atS) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function sameAttributes(left: EntityAttributes, right: EntityAttributes): boolean {
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}
