export { HomeWizardSimulator } from './homewizard-simulator';
export type { HomeWizardSimulatorOptions } from './homewizard-simulator';
