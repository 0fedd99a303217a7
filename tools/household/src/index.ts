export { createHousehold } from './household';
export { isPowerOf, loadsOf, switched } from './loads';
export type { Load } from './loads';
export { Random } from './random';
export type {
  CircuitDefinition,
  EntityAttributes,
  EventTruth,
  HomeEntity,
  HomeEntityState,
  HomeEvent,
  Household,
  HouseholdEnergy,
  HouseholdOptions,
  HouseholdPower,
} from './types';
