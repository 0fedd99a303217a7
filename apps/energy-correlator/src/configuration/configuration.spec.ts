import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from './configuration';

const ACCESS = { HOME_ASSISTANT_URL: 'http://ha.local:8123', HOME_ASSISTANT_TOKEN: 'token' };

describe('prices in the configuration', () => {
  it('are one of three', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'tariff-')), 'tariff.json');
    writeFileSync(file, '{"price": 0.3}');
    const all = { ENERGY_PRICE: '0.3', TARIFF_FILE: file, PRICE_ENTITY: 'sensor.price' };
    for (const [variable, value] of Object.entries(all)) {
      expect(() => loadConfiguration({ ...ACCESS, [variable]: value })).not.toThrow();
    }
    expect(() => loadConfiguration({ ...ACCESS, ...all })).toThrow(
      'ENERGY_PRICE, TARIFF_FILE, PRICE_ENTITY: each says what energy costs: set one of them',
    );
    const { ENERGY_PRICE, PRICE_ENTITY } = all;
    expect(() => loadConfiguration({ ...ACCESS, ENERGY_PRICE, PRICE_ENTITY })).toThrow(
      'ENERGY_PRICE, PRICE_ENTITY: each says',
    );
  });

  it('need a way to Home Assistant where they come from there', () => {
    const influx = { EVENT_SOURCE: 'influxdb', INFLUXDB_URL: 'http://localhost:8086' };
    expect(() => loadConfiguration({ ...influx, PRICE_ENTITY: 'sensor.price' })).toThrow(
      'HOME_ASSISTANT_URL: is not set; prices come from there',
    );
    expect(() => loadConfiguration({ ...influx, ...ACCESS, PRICE_ENTITY: 'sensor.price' })).not.toThrow();
    expect(() => loadConfiguration({ ...ACCESS, PRICE_ENTITY: 'Electricity price' })).toThrow(
      'PRICE_ENTITY: expected an entity id such as sensor.electricity_price, got "Electricity price"',
    );
  });
});
