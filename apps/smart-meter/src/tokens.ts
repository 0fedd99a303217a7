/** Names under which Nest hands out what is not a class of ours. */
export const CLOCK = Symbol('clock');
export const LOGGER = Symbol('logger');
export const CONFIGURATION = Symbol('configuration');
export const METER = Symbol('meter');
export const LIVE_STREAM = Symbol('live stream');
