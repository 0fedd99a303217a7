export { Counters } from './counters';
export { FaultScript } from './faults';
export type { Fault, FaultMatch, FaultSubject } from './faults';
export { jsonResponse, LOGIN_PAGE, replacementFor, textResponse } from './faulty-response';
export type { SimulatedResponse } from './faulty-response';
export { SimulatedClock } from './simulated-clock';
export type { SimulatorClock } from './simulated-clock';
export { SimulatorServer } from './simulator-server';
export type { SimulatedRequest, SimulatorServerOptions } from './simulator-server';
export {
  circuitSource,
  dayBefore,
  gridSource,
  MinuteCounter,
  phaseSources,
  solarSource,
} from './power-source';
export type { PowerSource, TwoWayEnergy } from './power-source';
export { VendorSimulator } from './vendor-simulator';
