import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SettingDefinition } from '@smart-meter/meter-adapter';
import { loadConfiguration } from '../src/configuration/configuration';
import { ENV_FILE } from '../src/configuration/env-file';
import { serviceSettings } from '../src/configuration/settings';

const lines = readFileSync(join(__dirname, '..', '.env.example'), 'utf8').split('\n');
const documentation = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'correlator.md'), 'utf8');
const assignments = lines
  .map((line) => /^(#?)([A-Z][A-Z0-9_]*)=(.*)$/.exec(line))
  .filter((match) => match !== null)
  .map(([, comment, variable = '', value = '']) => ({ variable, value, isSet: comment === '' }));
const definitions: SettingDefinition[] = Object.values(serviceSettings);

describe('.env.example of the correlator', () => {
  it('names every setting once, and nothing else', () => {
    const named = assignments.map(({ variable }) => variable);
    expect(named.filter((variable, index) => named.indexOf(variable) !== index)).toEqual([]);
    expect(named.sort()).toEqual(definitions.map(({ variable }) => variable).sort());
  });

  it('can be used as it is, with an address and a token of Home Assistant', () => {
    const environment = Object.fromEntries(
      assignments.filter(({ isSet }) => isSet).map(({ variable, value }) => [variable, value]),
    );
    const access = { HOME_ASSISTANT_URL: 'http://ha.local:8123', HOME_ASSISTANT_TOKEN: 'token' };
    expect(() => loadConfiguration({ ...environment, ...access })).not.toThrow();
    expect(() => loadConfiguration(environment)).toThrow('HOME_ASSISTANT_URL: is not set');
  });

  it('is to be copied to the file that the service reads, which is never committed', () => {
    expect(lines[0]).toContain(`Copy to ${ENV_FILE}`);
    const ignored = readFileSync(join(__dirname, '..', '..', '..', '.gitignore'), 'utf8').split('\n');
    expect(ignored).toContain(ENV_FILE);
  });

  it('shows the defaults', () => {
    for (const definition of definitions) {
      const shown = assignments.find(({ variable }) => variable === definition.variable);
      const isPlain = definition.default !== undefined && String(definition.default) !== '';
      if (shown?.isSet)
        expect([shown.variable, shown.value]).toEqual([definition.variable, String(definition.default)]);
      else if (isPlain)
        throw new Error(`${definition.variable} has the default ${String(definition.default)}: show it`);
    }
  });

  it('says what each setting means', () => {
    lines.forEach((line, index) => {
      if (/^#?[A-Z][A-Z0-9_]*=/.test(line)) expect(lines[index - 1]).toMatch(/^# \S/);
    });
  });

  it('is explained in the documentation', () => {
    for (const { variable } of definitions.filter((definition) => definition.variable !== 'SUPERVISOR_TOKEN'))
      expect(documentation).toContain(variable);
  });
});
