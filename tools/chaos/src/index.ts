export { runScenario, type ScenarioResult } from './run-scenario';
export { SCENARIOS, type Scenario } from './scenarios';
