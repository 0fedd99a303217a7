export { shellyMeter } from './definition';
export { discoverShellies } from './discovery/discover-shellies';
export type { AnnouncedService, FoundShelly, ServiceBrowser } from './discovery/discover-shellies';
export { ShellyMeter } from './shelly-meter';
export type { ShellyMeterOptions } from './shelly-meter';
