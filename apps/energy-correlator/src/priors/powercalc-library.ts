import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DeviceModel } from '@smart-meter/adapter-home-assistant';
import { isJsonObject, JsonObject } from '@smart-meter/meter-adapter';
import { Logger } from 'pino';
import { configuredPower, DOMAIN_BY_TYPE, ProfilePower, tablePower } from './profile-power';

/** A profile of a device's model. */
export interface Profile extends ProfilePower {
  /** Where it stands in the library: `signify/LCA001`. */
  name: string;
}

/** Tables by how well they say what a light usually draws: white before colours. */
const TABLES = ['color_temp', 'brightness', 'hs'];
/** Models of one manufacturer, and the name of each in small letters. */
type Models = ReadonlyMap<string, string>;
/** A library that is damaged throughout is not worth a log full of it. */
const MOST_FAULTS = 20;
const LARGEST_TABLE_BYTES = 64 * 1024 * 1024;
const unzip = promisify(gunzip);

/**
 * The profile library of Powercalc, in a checkout that the user has made: `<manufacturer>/<model>/model.json`, with
 * tables beside. Read as it is asked for; what is missing or malformed costs its own profile and a line in the log.
 */
export class PowercalcLibrary {
  private manufacturers: Promise<ReadonlyMap<string, string>> | null = null;
  private readonly models = new Map<string, Promise<Models>>();
  private readonly profiles = new Map<string, Promise<Profile | null>>();
  /** Files that something was said of. */
  private readonly faulty = new Set<string>();

  /** @param folder the checkout, or its folder `profile_library` */
  constructor(
    private folder: string,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /** The profile of a device for its entity of this domain; null where there is none that says its power. */
  async find({ manufacturer, model, modelId }: DeviceModel, domain: string): Promise<Profile | null> {
    this.manufacturers ??= this.readManufacturers();
    const maker = (await this.manufacturers).get(manufacturer.toLowerCase());
    if (maker === undefined) return null;
    const models = await remembered(this.models, maker, () => this.readModels(maker));
    const found = namesOf(model, modelId).find((name) => models.has(name));
    const folder = found === undefined ? undefined : models.get(found);
    if (folder === undefined) return null;
    return remembered(this.profiles, `${domain} ${maker}/${folder}`, () =>
      this.readProfile(`${maker}/${folder}`, domain),
    );
  }

  /** Name or alias, in small letters -> folder. */
  private async readManufacturers(): Promise<ReadonlyMap<string, string>> {
    const names = new Map<string, string>();
    if ((await this.folders('')).includes('profile_library'))
      this.folder = join(this.folder, 'profile_library');
    for (const folder of await this.folders('')) {
      names.set(folder.toLowerCase(), folder);
      const maker = await this.jsonIfThere(join(folder, 'manufacturer.json'));
      for (const name of [maker?.['name'], ...textList(maker?.['aliases'])]) {
        if (typeof name === 'string') names.set(name.toLowerCase(), folder);
      }
    }
    return names;
  }

  private async readModels(maker: string): Promise<Models> {
    const names = new Map<string, string>();
    const aliases = new Map<string, string>();
    for (const folder of await this.folders(maker)) {
      names.set(folder.replaceAll('#slash#', '/').toLowerCase(), folder);
      const profile = await this.json(join(maker, folder, 'model.json'));
      for (const alias of textList(profile?.['aliases'])) aliases.set(alias.toLowerCase(), folder);
    }
    // A model's own name counts before what others are also known as.
    return new Map([...aliases, ...names]);
  }

  private async readProfile(name: string, domain: string): Promise<Profile | null> {
    const own = await this.json(join(name, 'model.json'));
    if (own === null || !isOfDomain(own, domain)) return null;
    const linked = own['linked_profile'] ?? own['linked_lut'];
    // As `manufacturer/model`; two dots would lead out of the library.
    const source = typeof linked === 'string' && !linked.includes('..') ? linked : name;
    const base = source === name ? own : { ...(await this.json(join(source, 'model.json'))), ...own };
    const select = base['sub_profile_select'];
    // Which variant it is depends on the entity's state; the usual one is near enough to begin with.
    const usual = isJsonObject(select) ? select['default'] : undefined;
    const variant = typeof usual === 'string' && !usual.includes('..') ? usual : '';
    const profile =
      variant === '' ? base : { ...base, ...(await this.jsonIfThere(join(source, variant, 'model.json'))) };
    try {
      const power =
        (profile['calculation_strategy'] ?? 'lut') === 'lut'
          ? await this.readTable(profile, join(source, variant))
          : configuredPower(profile, domain);
      return power && { name, ...power };
    } catch (error) {
      this.report(join(name, 'model.json'), (error as Error).message);
      return null;
    }
  }

  private async readTable(profile: JsonObject, folder: string): Promise<ProfilePower | null> {
    for (const table of TABLES) {
      for (const file of [join(folder, `${table}.csv.gz`), join(folder, `${table}.csv`)]) {
        const content = await this.content(file);
        if (content === null) continue;
        try {
          const text = file.endsWith('.gz')
            ? await unzip(content, { maxOutputLength: LARGEST_TABLE_BYTES })
            : content;
          return tablePower(profile, text.toString('utf8'));
        } catch (error) {
          this.report(file, (error as Error).message);
        }
      }
    }
    return null;
  }

  private async folders(path: string): Promise<string[]> {
    try {
      const entries = await readdir(join(this.folder, path), { withFileTypes: true });
      return entries
        .filter((entry) => entry.isDirectory() && !/^[.@]/.test(entry.name))
        .map(({ name }) => name);
    } catch (error) {
      this.report(path, (error as Error).message);
      return [];
    }
  }

  private async json(path: string): Promise<JsonObject | null> {
    const value = await this.jsonIfThere(path);
    if (value === undefined) this.report(path, 'there is no such file');
    return value ?? null;
  }

  /** undefined where there is no such file; null for one that cannot be understood. */
  private async jsonIfThere(path: string): Promise<JsonObject | null | undefined> {
    const content = await this.content(path);
    if (content === null) return undefined;
    try {
      const value: unknown = JSON.parse(content.toString('utf8'));
      if (isJsonObject(value)) return value;
      this.report(path, 'expected a JSON object');
    } catch (error) {
      this.report(path, (error as Error).message);
    }
    return null;
  }

  /** null where there is no such file. */
  private async content(path: string): Promise<Buffer | null> {
    try {
      return await readFile(join(this.folder, path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.report(path, (error as Error).message);
      return null;
    }
  }

  private report(path: string, problem: string): void {
    if (this.faulty.has(path) || this.faulty.size >= MOST_FAULTS) return;
    this.faulty.add(path);
    const last = this.faulty.size === MOST_FAULTS ? '; further faults of the library are not told' : '';
    this.logger.warn(`POWERCALC_LIBRARY: ${join(this.folder, path)}: ${problem}${last}`);
  }
}

/** Integrations write a model as `LCT001`, `Hue color lamp`, or `Hue color lamp (LCT001)`. */
function namesOf(model: string, modelId: string | null): string[] {
  const [, before = '', within = ''] = /^(.*)\(([^()]+)\)$/.exec(model) ?? [];
  return [modelId ?? '', model, within, before]
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}

function isOfDomain(profile: JsonObject, domain: string): boolean {
  const type = profile['device_type'] ?? 'light';
  return profile['only_self_usage'] !== true && DOMAIN_BY_TYPE[String(type)] === domain;
}

function textList(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function remembered<Value>(cache: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>) {
  const known = cache.get(key) ?? make();
  cache.set(key, known);
  return known;
}
