/** All that a simulator asks of a clock; the real one and those of tests fit as they are. */
export interface SimulatorClock {
  now(): Date;
}

/** A wall clock that can run fast and can jump. */
export class SimulatedClock implements SimulatorClock {
  private originMs: number;
  private originMonotonicMs = performance.now();

  constructor(
    start: Date = new Date(),
    private speed = 1,
  ) {
    this.originMs = start.getTime();
  }

  now(): Date {
    const elapsedMs = performance.now() - this.originMonotonicMs;
    return new Date(this.originMs + elapsedMs * this.speed);
  }

  /** Simulated seconds per real second from now on. */
  setSpeed(speed: number): void {
    this.jumpTo(this.now());
    this.speed = speed;
  }

  /** Sets the clock forward (+) or back (−), as a time server or a user does. */
  jump(byMs: number): void {
    this.jumpTo(new Date(this.now().getTime() + byMs));
  }

  jumpTo(at: Date): void {
    this.originMs = at.getTime();
    this.originMonotonicMs = performance.now();
  }
}
