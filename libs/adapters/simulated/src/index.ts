export { simulatedMeter } from './definition';
export { SimulatedMeter, type SimulatedMeterOptions } from './simulated-meter';
