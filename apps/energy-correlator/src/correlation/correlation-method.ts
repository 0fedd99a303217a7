import { Attribution, EventOutcome, HomeEvent, PowerSample } from '@smart-meter/correlation';

/** A way to attribute power to events; the engine is one. Everything it holds can be saved as JSON. */
export interface CorrelationMethod {
  addSample(sample: PowerSample): void;
  addEvent(event: HomeEvent): EventOutcome;
  advance(nowMs: number): Attribution[];
  save(): unknown;
}
