import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SettingDefinition } from '@smart-meter/meter-adapter';
import { loadConfiguration } from '../src/configuration/configuration';
import { serviceSettings } from '../src/configuration/settings';
import { METER_CATALOGUE } from '../src/meters/catalogue';

const lines = readFileSync(join(__dirname, '..', '..', '..', '.env.example'), 'utf8').split('\n');
const assignments = lines
  .map((line) => /^(#?)([A-Z][A-Z0-9_]*)=(.*)$/.exec(line))
  .filter((match) => match !== null)
  .map(([, comment, variable = '', value = '']) => ({ variable, value, isSet: comment === '' }));

const definitions: SettingDefinition[] = [
  serviceSettings,
  ...METER_CATALOGUE.map(({ settings }) => settings),
].flatMap((settings: Readonly<Record<string, SettingDefinition>>) => Object.values(settings));

describe('.env.example', () => {
  it('names every setting once, and nothing else', () => {
    const named = assignments.map(({ variable }) => variable);
    expect(named.filter((variable, index) => named.indexOf(variable) !== index)).toEqual([]);
    const known = [...new Set(definitions.map(({ variable }) => variable))];
    expect(named.sort()).toEqual(known.sort());
  });

  it('can be used as it is', () => {
    const environment = Object.fromEntries(
      assignments.filter(({ isSet }) => isSet).map(({ variable, value }) => [variable, value]),
    );
    expect(() => loadConfiguration(environment)).not.toThrow();
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
      if (/^#?[A-Z][A-Z0-9_]*=/.test(line) && !/^#?[A-Z][A-Z0-9_]*=/.test(lines[index - 1] ?? '')) {
        expect(lines[index - 1]).toMatch(/^# \S/);
      }
    });
  });
});
