/** Names under which Nest hands out what is not a class of ours. */
export const CLOCK = Symbol('clock');
export const LOGGER = Symbol('logger');
export const CONFIGURATION = Symbol('configuration');
export const POWER_SOURCE = Symbol('power source');
export const EVENT_FEED = Symbol('event feed');
