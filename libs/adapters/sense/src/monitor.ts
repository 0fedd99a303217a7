import { expectObject, instantOrNull, isJsonObject, MeterError } from '@smart-meter/meter-adapter';
import { IANAZone } from 'luxon';

/** One Sense monitor: one home, or one of the panels of a large one. */
export interface SenseMonitor {
  id: string;
  name: string;
  /** IANA zone whose midnight the monitor's days begin at; null where Sense does not say. */
  timeZone: string | null;
  solarConfigured: boolean;
  /** When the monitor was set up: there is no history before. */
  createdAt: Date | null;
}

/** The `monitors` of a log-in; a list that is missing is an account without any. A damaged entry must not cost the log-in. */
export function parseMonitors(value: unknown): SenseMonitor[] {
  return Array.isArray(value) ? value.filter(hasId).map((entry) => parseMonitor(entry)) : [];
}

function hasId(value: unknown): boolean {
  return isJsonObject(value) && ['number', 'string'].includes(typeof value['id']);
}

export function parseMonitor(value: unknown): SenseMonitor {
  const monitor = expectObject(value, 'monitor');
  const id = monitor['id'];
  if (typeof id !== 'number' && typeof id !== 'string') {
    throw new MeterError('malformed_response', 'monitor.id: expected a number');
  }
  const attributes = isJsonObject(monitor['attributes']) ? monitor['attributes'] : {};
  const name = attributes['name'];
  const timeZone = monitor['time_zone'];
  return {
    id: String(id),
    name: typeof name === 'string' && name.trim() !== '' ? name.trim() : `Sense ${id}`,
    timeZone: typeof timeZone === 'string' && IANAZone.isValidZone(timeZone) ? timeZone : null,
    solarConfigured: monitor['solar_configured'] === true,
    createdAt: instantOrNull(monitor['date_created']),
  };
}

/**
 * The monitor to read: the one asked for, or the only one.
 * Throws `MeterError` `configuration` that lists the choice.
 */
export function chooseMonitorId(monitors: readonly SenseMonitor[], wanted: string | undefined): string {
  if (wanted !== undefined) return wanted;
  const [first, ...others] = monitors;
  if (!first) {
    throw new MeterError(
      'configuration',
      'this Sense account has no monitor: finish the set-up in the Sense app, then log in again',
    );
  }
  if (others.length > 0) {
    throw new MeterError(
      'configuration',
      `this Sense account has several monitors, say which to read: ${listMonitors(monitors)}`,
    );
  }
  return first.id;
}

export function listMonitors(monitors: readonly SenseMonitor[]): string {
  return monitors.length === 0 ? 'none' : monitors.map(({ id, name }) => `${id} (${name})`).join(', ');
}
