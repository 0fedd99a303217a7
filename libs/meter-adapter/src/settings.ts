/** A value that shows nowhere by itself: not in logs, JSON, errors or the inspector. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The only way to the value. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]';
  }
}

interface Setting<Kind extends string, Value> {
  kind: Kind;
  /** The environment variable that it comes from. */
  variable: string;
  /** For the user, one sentence: what it means, in which unit. */
  description: string;
  /** What holds where the variable is unset or empty. Without it the value is undefined. */
  default?: Value;
  /** The variable must be set. */
  required?: boolean;
}

/** One setting of a service or a meter. `secret` can also come from the file that `<variable>_FILE` names. */
export type SettingDefinition =
  | Setting<'text', string>
  | (Setting<'choice', string> & { choices: readonly string[] })
  | Setting<'url', string>
  | Setting<'secret', never>
  | (Setting<'integer', number> & { min: number; max: number })
  | (Setting<'number', number> & { min: number; max: number })
  | Setting<'flag', boolean>
  | Setting<'list', readonly string[]>;

export type SettingDefinitions = Readonly<Record<string, SettingDefinition>>;

interface ValueByKind {
  text: string;
  url: string;
  secret: Secret;
  integer: number;
  number: number;
  flag: boolean;
  list: readonly string[];
}

type ValueOf<D extends SettingDefinition> = D extends { kind: 'choice'; choices: readonly (infer C)[] }
  ? C
  : ValueByKind[Exclude<D['kind'], 'choice'>];

/** The values of a set of definitions: always there with a default or where required, else perhaps undefined. */
export type SettingValues<Definitions extends SettingDefinitions> = {
  readonly [Name in keyof Definitions]: Definitions[Name] extends { default: unknown } | { required: true }
    ? ValueOf<Definitions[Name]>
    : ValueOf<Definitions[Name]> | undefined;
};

/** Keeps the literal types of a set of definitions. */
export function defineSettings<const Definitions extends SettingDefinitions>(
  definitions: Definitions,
): Definitions {
  return definitions;
}
