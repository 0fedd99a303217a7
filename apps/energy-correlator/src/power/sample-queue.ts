import { PowerSample } from '@smart-meter/correlation';

/** Samples in order of time, to be taken as the time passes. */
export class SampleQueue {
  #next = 0;

  constructor(private readonly samples: readonly PowerSample[]) {}

  /** Takes what is not after an instant. */
  *until(instantMs: number): Generator<PowerSample, void, undefined> {
    for (;;) {
      const sample = this.samples[this.#next];
      if (sample === undefined || sample.atMs > instantMs) return;
      this.#next += 1;
      yield sample;
    }
  }
}
