/** Powers are multiples of 1/8 W, which binary fractions hold exactly: sums and differences stay exact. */
export function quantisePowerW(powerW: number): number {
  return Math.round(powerW * 8) / 8;
}

/** Collects the steps of one day; equal neighbours become one step. */
export class StepSeriesBuilder {
  private readonly startsS: number[] = [];
  private readonly powersW: number[] = [];

  /** Appends a step; `startS` counts from the day's start and never goes back. A step at the same second replaces. */
  push(startS: number, powerW: number): void {
    const last = this.startsS.length - 1;
    if (last >= 0 && this.startsS[last] === startS) {
      this.powersW[last] = powerW;
      return;
    }
    if (last >= 0 && this.powersW[last] === powerW) return;
    this.startsS.push(startS);
    this.powersW.push(powerW);
  }

  build(lengthS: number): StepSeries {
    return new StepSeries(Int32Array.from(this.startsS), Float64Array.from(this.powersW), lengthS);
  }
}

/** A power that is constant between steps, over one day. The first step starts at 0. */
export class StepSeries {
  private readonly energiesWs: Float64Array;
  private cursor = 0;

  constructor(
    readonly startsS: Int32Array,
    readonly powersW: Float64Array,
    readonly lengthS: number,
  ) {
    if (startsS[0] !== 0) throw new RangeError('a day series must start at second 0');
    this.energiesWs = new Float64Array(startsS.length + 1);
    for (let index = 0; index < startsS.length; index += 1) {
      const endS = startsS[index + 1] ?? lengthS;
      const energyWs = (powersW[index] as number) * (endS - (startsS[index] as number));
      this.energiesWs[index + 1] = (this.energiesWs[index] as number) + energyWs;
    }
  }

  static constant(powerW: number, lengthS: number): StepSeries {
    return new StepSeries(Int32Array.of(0), Float64Array.of(powerW), lengthS);
  }

  valueAt(offsetS: number): number {
    return this.powersW[this.indexAt(offsetS)] as number;
  }

  /** Exact integral from the day's start, in W·s. */
  energyWsUntil(offsetS: number): number {
    const index = this.indexAt(offsetS);
    const inStepS = offsetS - (this.startsS[index] as number);
    return (this.energiesWs[index] as number) + (this.powersW[index] as number) * inStepS;
  }

  /** Index of the step in force. The cursor only makes reading in time order fast. */
  private indexAt(offsetS: number): number {
    const { startsS } = this;
    const last = startsS.length - 1;
    let index = this.cursor;
    if (offsetS >= (startsS[index] as number)) {
      if (index === last || offsetS < (startsS[index + 1] as number)) return index;
      index += 1;
      if (index === last || offsetS < (startsS[index + 1] as number)) {
        this.cursor = index;
        return index;
      }
    }
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((startsS[middle] as number) <= offsetS) low = middle;
      else high = middle - 1;
    }
    this.cursor = low;
    return low;
  }
}

/**
 * Sum of the first series less that of the second. Powers are exact, so adding up the steps' differences loses nothing.
 */
export function sumSeries(
  added: readonly StepSeries[],
  subtracted: readonly StepSeries[],
  lengthS: number,
): StepSeries {
  const differences = new Float64Array(lengthS);
  for (const series of added) addDifferences(differences, series, 1);
  for (const series of subtracted) addDifferences(differences, series, -1);
  const builder = new StepSeriesBuilder();
  let powerW = 0;
  for (let second = 0; second < lengthS; second += 1) {
    const differenceW = differences[second] as number;
    if (differenceW === 0 && second > 0) continue;
    powerW += differenceW;
    builder.push(second, powerW);
  }
  return builder.build(lengthS);
}

function addDifferences(differences: Float64Array, { startsS, powersW }: StepSeries, sign: 1 | -1): void {
  let beforeW = 0;
  for (let index = 0; index < startsS.length; index += 1) {
    const startS = startsS[index] as number;
    const powerW = powersW[index] as number;
    differences[startS] = (differences[startS] as number) + sign * (powerW - beforeW);
    beforeW = powerW;
  }
}

/** The same steps with other powers. */
export function mapSeries(
  { startsS, powersW, lengthS }: StepSeries,
  change: (powerW: number) => number,
): StepSeries {
  const builder = new StepSeriesBuilder();
  for (let index = 0; index < startsS.length; index += 1) {
    builder.push(startsS[index] as number, change(powersW[index] as number));
  }
  return builder.build(lengthS);
}
