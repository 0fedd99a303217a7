export { homeWizardMeter } from './definition';
export { HomeWizardMeter } from './homewizard-meter';
export type { HomeWizardMeterOptions } from './homewizard-meter';
