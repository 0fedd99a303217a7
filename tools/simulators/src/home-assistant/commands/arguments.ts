import { parseTime } from '../history';
import { Command, CommandError } from '../websocket-connection';

function invalid(words: string): CommandError {
  return new CommandError('invalid_format', words);
}

/** Entity or statistic ids under the given key; `invalid_format` when they are missing. */
export function idList(command: Command, key: string): string[] {
  const value = command[key];
  if (value === undefined) throw invalid(`required key not provided @ data['${key}']. Got None`);
  if (!Array.isArray(value) || !value.every((id): id is string => typeof id === 'string')) {
    throw invalid(`expected a list of strings @ data['${key}']`);
  }
  return value;
}

export function requiredTime(command: Command, key: 'start_time', timeZone: string): number {
  const time = parseTime(command[key], timeZone);
  if (time === null) throw new CommandError(`invalid_${key}`, `Invalid ${key}`);
  return time;
}

export function optionalTime(command: Command, key: 'end_time', timeZone: string): number | null {
  if (command[key] === undefined) return null;
  const time = parseTime(command[key], timeZone);
  if (time === null) throw new CommandError(`invalid_${key}`, `Invalid ${key}`);
  return time;
}

export function flag(command: Command, key: string, whenLeftOut: boolean): boolean {
  const value = command[key];
  return typeof value === 'boolean' ? value : whenLeftOut;
}
