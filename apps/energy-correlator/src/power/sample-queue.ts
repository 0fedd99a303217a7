import { PowerSample } from '@smart-meter/correlation';
import { heldSamples } from './held-samples';

/** Samples in order of time, to be taken as the time passes. */
export class SampleQueue {
  readonly #samples: readonly PowerSample[];
  #next = 0;

  constructor(samples: readonly PowerSample[]) {
    this.#samples = heldSamples(samples);
  }

  /** Takes what is not after an instant. */
  *until(instantMs: number): Generator<PowerSample, void, undefined> {
    for (;;) {
      const sample = this.#samples[this.#next];
      if (sample === undefined || sample.atMs > instantMs) return;
      this.#next += 1;
      yield sample;
    }
  }
}
