import { Attribution, EventOutcome, HomeEvent, PowerSample } from '@smart-meter/correlation';

/** A way to attribute power to events; the engine is one. Everything it holds can be saved as JSON. */
export interface CorrelationMethod {
  addSample(sample: PowerSample): void;
  addEvent(event: HomeEvent): EventOutcome;
  advance(nowMs: number): Attribution[];
  /** What is known of an entity goes by its new name, its events in flight included. */
  renameEntity(from: string, to: string): void;
  save(): unknown;
}
