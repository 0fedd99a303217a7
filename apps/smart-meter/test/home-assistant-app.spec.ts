import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { serviceSettings } from '../src/configuration/settings';
import { METER_CATALOGUE } from '../src/meters/catalogue';
import { WORKSPACE } from './support/documentation';

const appFolder = (...path: string[]) => join(WORKSPACE, 'deploy', 'home-assistant-app', ...path);
const text = (path: string) => readFileSync(path, 'utf8');
const yaml = <T>(path: string) => parse(text(path)) as T;

const settings: Record<string, { variable: string }>[] = [
  serviceSettings,
  ...METER_CATALOGUE.map((definition) => definition.settings),
];
const variables = new Set(settings.flatMap((some) => Object.values(some).map(({ variable }) => variable)));

interface AppConfig extends Record<string, unknown> {
  slug: string;
  arch: string[];
  schema: Record<string, string>;
  options: Record<string, unknown>;
  version: string;
}

/** What Home Assistant's supervisor takes without being told; saying it again is what its linter complains about. */
const DEFAULTS: Record<string, unknown> = {
  startup: 'application',
  boot: 'auto',
  init: true,
  stage: 'stable',
  ingress: false,
  ingress_port: 8099,
  ingress_stream: false,
  panel_icon: 'mdi:puzzle',
  panel_admin: true,
  host_network: false,
  homeassistant_api: false,
  hassio_api: false,
  backup: 'hot',
  timeout: 10,
};
const OTHER_KEYS = [
  ...['name', 'version', 'slug', 'description', 'arch', 'url', 'homeassistant', 'panel_title'],
  ...['ports', 'ports_description', 'options', 'schema'],
];
const OPTION_KIND =
  /^(str|password|url|email|bool|port|int|float|int\(-?\d*,-?\d*\)|float\(.*,.*\)|list\([^()]+\))\??$/;

describe('the Home Assistant app', () => {
  const config = yaml<AppConfig>(appFolder('config.yaml'));

  it('is described by keys that Home Assistant knows', () => {
    const known = [...Object.keys(DEFAULTS), ...OTHER_KEYS];
    expect(Object.keys(config).filter((key) => !known.includes(key))).toEqual([]);
    expect(Object.keys(config).filter((key) => config[key] === DEFAULTS[key])).toEqual([]);
    expect(config.slug).toMatch(/^[-_.A-Za-z0-9]+$/);
    expect(config.arch.filter((arch) => !['aarch64', 'amd64'].includes(arch))).toEqual([]);
    expect(Object.values(config.schema).filter((kind) => !OPTION_KIND.test(kind))).toEqual([]);
  });

  it('listens where ingress asks', () => {
    const dockerfile = text(appFolder('Dockerfile'));
    expect(dockerfile).toContain(` SERVICE_PORT=${String(DEFAULTS['ingress_port'])} `);
    expect(dockerfile).toMatch(/^HEALTHCHECK /m);
  });

  it('has options that are settings, each with a default that is allowed', () => {
    expect(Object.keys(config.schema).filter((option) => !variables.has(option.toUpperCase()))).toEqual([]);
    expect(Object.keys(config.options).filter((option) => !(option in config.schema))).toEqual([]);
    for (const [option, kind] of Object.entries(config.schema)) {
      expect([option, option in config.options]).toEqual([option, !kind.endsWith('?')]);
    }
  });

  it.each(readdirSync(appFolder('translations')))('says what each option means in %s', (file) => {
    const { configuration } = yaml<{ configuration: Record<string, { name: string; description: string }> }>(
      appFolder('translations', file),
    );
    expect(Object.keys(configuration).sort()).toEqual(Object.keys(config.schema).sort());
    for (const { name, description } of Object.values(configuration)) {
      expect(name).not.toBe('');
      expect(description).not.toBe('');
    }
  });

  it('has the version of the service', () => {
    const { version } = JSON.parse(text(join(WORKSPACE, 'package.json'))) as { version: string };
    expect(config.version).toBe(version);
    expect(text(appFolder('CHANGELOG.md'))).toContain(`## ${version}`);
  });
});
