/** Power samples of one channel in time order, bounded: what is older than the horizon is let go. */
export class SampleBuffer {
  private at = new Float64Array(1024);
  private power = new Float64Array(1024);
  private averaged = new Float32Array(1024);
  private start = 0;
  private end = 0;

  /** Number of samples held. */
  get length(): number {
    return this.end - this.start;
  }

  /** Time of sample i, ms. */
  atMs(i: number): number {
    return this.at[this.start + i] as number;
  }

  powerW(i: number): number {
    return this.power[this.start + i] as number;
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

  private write(index: number, atMs: number, powerW: number, averagedOverS: number): void {
    this.at[index] = atMs;
    this.power[index] = powerW;
    this.averaged[index] = averagedOverS;
  }

  private makeRoom(): void {
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
