export type { Attribution, CoEvent, ReasonCode, SettledChange } from './attribution';
export { nearestDifference, windowDifference } from './baselines';
export type { BeforeAfter, SampleSeries } from './baselines';
export type { EntityPrior } from './domain-priors';
export { isActive, levelOf } from './effect-model';
export type { EntityLevel } from './effect-model';
export { CorrelationEngine, MAINS, SOLAR } from './engine';
export type {
  EngineOptions,
  EngineState,
  EventOutcome,
  LearnedEffect,
  LearnedHome,
  PowerSample,
} from './engine';
export { readState } from './home-event';
export type { HomeEvent, ReadState } from './home-event';
export { secondPass } from './second-pass';
export type { SampleSemantics, SemanticsCheck } from './semantics';
