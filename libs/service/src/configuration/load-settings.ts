import { readFileSync } from 'node:fs';
import { isBooleanString, isIn, isInt, isNumber, isURL, max, min } from 'class-validator';
import {
  MeterError,
  Secret,
  SettingDefinition,
  SettingDefinitions,
  SettingValues,
} from '@smart-meter/meter-adapter';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with one variable. `problem` holds no secret. */
export interface SettingFault {
  variable: string;
  problem: string;
}

type Parsed = { value: unknown } | { problem: string };

/** Names of the local network need no top level, and those of containers may hold underscores. */
const URL_RULES = {
  protocols: ['http', 'https'],
  require_protocol: true,
  require_tld: false,
  allow_underscores: true,
};

/**
 * The settings that an environment gives, every one validated.
 * @throws MeterError `configuration`, whose one message lists every wrong variable and what is expected
 */
export function loadSettings<Definitions extends SettingDefinitions>(
  definitions: Definitions,
  environment: Environment,
): SettingValues<Definitions> {
  const { values, faults } = readSettings(definitions, environment);
  if (faults.length > 0) throw configurationError(faults);
  return values;
}

/** Like `loadSettings`, with the faults as data: for settings that may be incomplete without being fatal. */
export function readSettings<Definitions extends SettingDefinitions>(
  definitions: Definitions,
  environment: Environment,
): { values: SettingValues<Definitions>; faults: SettingFault[] } {
  const values: Record<string, unknown> = {};
  const faults: SettingFault[] = [];
  for (const [name, definition] of Object.entries(definitions)) {
    const parsed = readSetting(definition, environment);
    if ('problem' in parsed) faults.push({ variable: definition.variable, problem: parsed.problem });
    else values[name] = parsed.value;
  }
  return { values: values as SettingValues<Definitions>, faults };
}

export function configurationError(faults: readonly SettingFault[]): MeterError {
  const lines = faults.map(({ variable, problem }) => `  ${variable}: ${problem}`);
  return new MeterError('configuration', `the configuration is wrong:\n${lines.join('\n')}`);
}

function readSetting(definition: SettingDefinition, environment: Environment): Parsed {
  const raw = rawValue(definition, environment);
  if (typeof raw === 'object') return raw;
  if (raw === undefined || raw === '') {
    if (definition.required) return { problem: `is not set; ${definition.description}` };
    return { value: definition.default };
  }
  return parse(definition, raw);
}

function rawValue(
  definition: SettingDefinition,
  environment: Environment,
): string | undefined | { problem: string } {
  const value = environment[definition.variable]?.trim();
  if (definition.kind !== 'secret') return value;
  const file = environment[`${definition.variable}_FILE`]?.trim();
  if (!file) return value;
  if (value) return { problem: `is set twice, directly and by ${definition.variable}_FILE` };
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { problem: `cannot be read from the file that ${definition.variable}_FILE names (${code})` };
  }
}

function parse(definition: SettingDefinition, raw: string): Parsed {
  switch (definition.kind) {
    case 'text':
      return { value: raw };
    case 'secret':
      return hasControlCharacters(raw)
        ? { problem: 'holds a line break or another control character' }
        : { value: new Secret(raw) };
    case 'choice':
      return isIn(raw, definition.choices)
        ? { value: raw }
        : { problem: `expected one of ${definition.choices.join(', ')}, got "${raw}"` };
    case 'url':
      return isURL(raw, URL_RULES)
        ? { value: raw.replace(/\/+$/, '') }
        : {
            problem:
              'expected an address that starts with http:// or https://, such as http://192.168.1.10:8086',
          };
    case 'integer':
    case 'number':
      return parseNumber(definition, raw);
    case 'flag':
      return isBooleanString(raw) && raw.length > 1
        ? { value: raw === 'true' }
        : { problem: `expected true or false, got "${raw}"` };
    case 'list':
      return {
        value: raw
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== ''),
      };
  }
}

function parseNumber(definition: SettingDefinition & { kind: 'integer' | 'number' }, raw: string): Parsed {
  const value = Number(raw);
  const ofKind = definition.kind === 'integer' ? isInt(value) : isNumber(value);
  if (ofKind && min(value, definition.min) && max(value, definition.max)) return { value };
  const kind = definition.kind === 'integer' ? 'a whole number' : 'a number';
  return { problem: `expected ${kind} from ${definition.min} to ${definition.max}, got "${raw}"` };
}

function hasControlCharacters(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f');
}
