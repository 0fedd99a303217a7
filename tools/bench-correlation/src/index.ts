export { composeHome } from './compose';
export type { Scenario } from './compose';
export { caseOf, Evaluation } from './evaluate';
export { householdHome } from './household-source';
export { loadTraces, splitTraces } from './traces';
