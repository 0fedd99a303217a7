/** The stretch of time around a group of events, and the events outside it that bound it. */
export interface Stretch {
  /** Event times in order, ms. */
  eventsAtMs: number[];
  /** How many of them are to be answered; the rest lie ahead and only help to explain the last samples. */
  answeredCount: number;
  previousEventAtMs: number;
  nextEventAtMs: number;
  intervalS: number;
}

/** Why there is no problem to solve. */
export type Unsolvable = 'no_samples' | 'resolution_too_low';

/** An event before the group whose effect has been solved already. */
export interface KnownEffect {
  atMs: number;
  effectW: number;
}
