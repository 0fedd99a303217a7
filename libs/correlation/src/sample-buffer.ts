/** A buffer's samples as plain JSON. */
export interface SavedSamples {
  atMs: number[];
  powerW: number[];
  averagedOverS: number[];
}

/** However seldom the buffer is cleared, it never holds more than this. */
const MAX_SAMPLES = 1 << 18;
/** A series to be added is held at its last value for so long; unknown after that, and not added. */
const HOLD_MS = 15 * 60_000;

/** Power samples of one channel in time order, bounded: what is older than the horizon is let go. */
export class SampleBuffer {
  private at = new Float64Array(1024);
  private power = new Float64Array(1024);
  private averaged = new Float32Array(1024);
  private start = 0;
  private end = 0;
  private added: SampleBuffer | null = null;

  /** Adds another series to this one as it is read: load = grid import + solar production. */
  addSeries(series: SampleBuffer): void {
    this.added = series;
  }

  /** Number of samples held. */
  get length(): number {
    return this.end - this.start;
  }

  /** Time of sample i, ms. */
  atMs(i: number): number {
    return this.at[this.start + i] as number;
  }

  powerW(i: number): number {
    const own = this.power[this.start + i] as number;
    return this.added === null ? own : own + this.added.valueAt(this.atMs(i));
  }

  /** Value at an instant, between the samples around it; 0 when there are none near. */
  valueAt(atMs: number): number {
    const next = this.firstAtOrAfter(atMs);
    if (next < this.length && this.atMs(next) === atMs) return this.powerW(next);
    if (next === 0) return 0;
    const before = this.atMs(next - 1);
    if (next === this.length) return atMs - before <= HOLD_MS ? this.powerW(next - 1) : 0;
    const gap = this.atMs(next) - before;
    if (gap > HOLD_MS) return 0;
    const share = (atMs - before) / gap;
    return (1 - share) * this.powerW(next - 1) + share * this.powerW(next);
  }

  averagedOverS(i: number): number {
    return this.averaged[this.start + i] as number;
  }

  /**
   * Puts a sample in its place; one at the same instant replaces the former.
   * Returns 'appended', 'inserted' (late), 'revised' (other value) or 'unchanged'.
   */
  put(
    atMs: number,
    powerW: number,
    averagedOverS: number,
  ): 'appended' | 'inserted' | 'revised' | 'unchanged' {
    if (this.end === this.at.length) this.makeRoom();
    if (this.end === this.start || atMs > (this.at[this.end - 1] as number)) {
      this.write(this.end++, atMs, powerW, averagedOverS);
      return 'appended';
    }
    const index = this.start + this.firstAtOrAfter(atMs);
    if (this.at[index] === atMs) {
      if (this.power[index] === powerW) return 'unchanged';
      this.write(index, atMs, powerW, averagedOverS);
      return 'revised';
    }
    this.at.copyWithin(index + 1, index, this.end);
    this.power.copyWithin(index + 1, index, this.end);
    this.averaged.copyWithin(index + 1, index, this.end);
    this.end++;
    this.write(index, atMs, powerW, averagedOverS);
    return 'inserted';
  }

  /** Index of the first sample at or after the instant; `length` when there is none. */
  firstAtOrAfter(atMs: number): number {
    let low = this.start;
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.at[middle] as number) < atMs) low = middle + 1;
      else high = middle;
    }
    return low - this.start;
  }

  dropBefore(atMs: number): void {
    this.start += this.firstAtOrAfter(atMs);
  }

  save(): SavedSamples {
    return {
      atMs: [...this.at.subarray(this.start, this.end)],
      powerW: [...this.power.subarray(this.start, this.end)],
      averagedOverS: [...this.averaged.subarray(this.start, this.end)],
    };
  }

  restore({ atMs, powerW, averagedOverS }: SavedSamples): void {
    this.start = this.end = 0;
    atMs.forEach((stamp, i) => this.put(stamp, powerW[i] ?? 0, averagedOverS[i] ?? 0));
  }

  private write(index: number, atMs: number, powerW: number, averagedOverS: number): void {
    this.at[index] = atMs;
    this.power[index] = powerW;
    this.averaged[index] = averagedOverS;
  }

  private makeRoom(): void {
    if (this.length >= MAX_SAMPLES) this.start += this.length - MAX_SAMPLES / 2;
    const length = this.length;
    const capacity = length > this.at.length / 2 ? this.at.length * 2 : this.at.length;
    const moved = (from: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> => {
      const to = capacity === from.length ? from : new Float64Array(capacity);
      to.set(from.subarray(this.start, this.end));
      return to;
    };
    this.at = moved(this.at);
    this.power = moved(this.power);
    const averaged = capacity === this.averaged.length ? this.averaged : new Float32Array(capacity);
    averaged.set(this.averaged.subarray(this.start, this.end));
    this.averaged = averaged;
    this.start = 0;
    this.end = length;
  }
}
