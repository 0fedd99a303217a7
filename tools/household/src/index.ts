export { createHousehold } from './household';
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
