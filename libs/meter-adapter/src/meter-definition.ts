import { MeterAdapter } from './capabilities';
import { Clock } from './clock';
import { DocumentStore } from './document-store';
import { SettingDefinitions, SettingValues } from './settings';

/** What a service gives every meter. */
export interface MeterContext {
  meterId: string;
  clock: Clock;
  /** 0 <= random() < 1 */
  random(): number;
  /** Where the meter keeps its tokens and what it must remember over a restart, one document per name. */
  document(name: string): DocumentStore;
  /** IANA zone of the home: `Europe/Berlin`. */
  timeZone: string;
  /** Told of every request to the source, for counting: a short fixed name such as `states`. */
  onRequest(operation: string): void;
  /** For what a user may want to read in the log. */
  warn(message: string): void;
}

/**
 * A kind of meter: all that a service must know to offer it.
 * An adapter library exports one; a service's catalogue names it, and that is all it takes.
 */
export interface MeterDefinition<Definitions extends SettingDefinitions = SettingDefinitions> {
  readonly meterType: string;
  /** As its maker writes it: `Home Assistant`. */
  readonly title: string;
  readonly settings: Definitions;
  /** Does no I/O. Throws `MeterError('configuration')` for settings that do not fit together. */
  create(settings: SettingValues<Definitions>, context: MeterContext): MeterAdapter;
}

/** Keeps the literal types of a definition's settings. */
export function defineMeter<const Definitions extends SettingDefinitions>(
  definition: MeterDefinition<Definitions>,
): MeterDefinition<Definitions> {
  return definition;
}
