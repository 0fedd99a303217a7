export type { Attribution, CoEvent, ReasonCode } from './attribution';
export type { EntityPrior } from './domain-priors';
export { CorrelationEngine, MAINS } from './engine';
export type { EngineOptions, EventOutcome, LearnedHome, PowerSample } from './engine';
export type { HomeEvent } from './home-event';
export { nearestDifference, windowDifference } from './baselines';
export type { BeforeAfter, SampleSeries } from './baselines';
