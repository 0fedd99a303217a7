export * from './home-assistant';
export * from './shared';
export * from './sense';
export * from './emporia';
export * from './shelly';
export * from './homewizard';
export * from './tasmota';
