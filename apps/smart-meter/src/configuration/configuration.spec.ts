import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from './configuration';

describe('loadConfiguration', () => {
  it('works with nothing set: the simulated household, the local journal, loopback', () => {
    const { settings, meterType, meterId } = loadConfiguration({});
    expect(meterType).toBe('generic');
    expect(meterId).toBe('simulated');
    expect(settings).toMatchObject({
      servicePort: 8014,
      serviceHost: '127.0.0.1',
      fetchIntervalSeconds: 300,
      dataDir: './data',
      influxUrl: undefined,
    });
  });

  it('takes a URL of Home Assistant as the wish to read it', () => {
    expect(loadConfiguration({ HOME_ASSISTANT_URL: 'http://ha.local:8123' }).meterType).toBe(
      'home_assistant',
    );
    expect(loadConfiguration({ SUPERVISOR_TOKEN: 'abc' }).meterType).toBe('home_assistant');
    expect(loadConfiguration({ SUPERVISOR_TOKEN: 'abc', HOME_ASSISTANT_URL: '' }).meterType).toBe(
      'home_assistant',
    );
    expect(loadConfiguration({ HOME_ASSISTANT_URL: 'http://ha', METER_TYPE: 'generic' }).meterType).toBe(
      'generic',
    );
  });

  it('lists every wrong variable at once, with what is expected', () => {
    const load = () =>
      loadConfiguration({
        SERVICE_PORT: '80a',
        FETCH_INTERVAL_SECONDS: '5',
        INFLUXDB_URL: 'influx:8086',
        LOG_LEVEL: 'loud',
        TIME_ZONE: 'Mars/Base',
        INFLUXDB_WRITE_SIMULATED: 'perhaps',
      });
    for (const expected of [
      'SERVICE_PORT: expected a whole number from 1 to 65535, got "80a"',
      'FETCH_INTERVAL_SECONDS: expected a whole number from 10 to 86400, got "5"',
      'INFLUXDB_URL: expected an address that starts with http:// or https://',
      'LOG_LEVEL: expected one of fatal, error, warn, info, debug, trace, got "loud"',
      'TIME_ZONE: expected an IANA zone',
      'INFLUXDB_WRITE_SIMULATED: expected true or false',
    ]) {
      expect(load).toThrow(expected);
    }
  });

  it('names the kinds of meter where one is not known', () => {
    expect(() => loadConfiguration({ METER_TYPE: 'abacus' })).toThrow(
      /METER_TYPE: expected one of .*generic/,
    );
  });

  it('reads secrets from files and shows them nowhere', () => {
    const folder = mkdtempSync(join(tmpdir(), 'configuration-'));
    writeFileSync(join(folder, 'token'), 'user:pa55word\n');
    const configuration = loadConfiguration({ INFLUXDB_TOKEN_FILE: join(folder, 'token') });
    expect(configuration.settings.influxToken?.reveal()).toBe('user:pa55word');
    expect(configuration.secrets).toHaveLength(1);
    expect(JSON.stringify(configuration.settings)).not.toContain('pa55word');
    expect(String(configuration.settings.influxToken)).toBe('[redacted]');
  });

  it('says what is wrong with a secret without quoting it', () => {
    const both = { INFLUXDB_TOKEN: 'pa55word', INFLUXDB_TOKEN_FILE: '/nowhere' };
    expect(() => loadConfiguration(both)).toThrow('INFLUXDB_TOKEN: is set twice');
    expect(() => loadConfiguration({ INFLUXDB_TOKEN_FILE: '/nowhere' })).toThrow('(ENOENT)');
    const broken = () => loadConfiguration({ INFLUXDB_TOKEN: 'pa55\nword' });
    expect(broken).toThrow('line break');
    expect(broken).not.toThrow('pa55');
  });
});
