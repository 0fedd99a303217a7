import { defineSettings } from '@smart-meter/meter-adapter';
import { loadSettings } from './load-settings';

const settings = defineSettings({
  url: { kind: 'url', variable: 'DATABASE_URL', description: 'the address of the database' },
});
const load = (url: string) => loadSettings(settings, { DATABASE_URL: url }).url;

describe('an address', () => {
  it.each([
    'http://localhost:8086',
    'http://influx_db:8086',
    'http://192.168.1.10:8086',
    'http://[::1]:8086',
    'https://home.example.org/influx',
  ])('can be %s', (url) => {
    expect(load(`${url}/`)).toBe(url);
  });

  it.each(['influx:8086', 'ftp://influx', 'http://', 'http://influx:99999', 'http://in flux'])(
    'cannot be %s',
    (url) => {
      expect(() => load(url)).toThrow(/DATABASE_URL: expected an address .* such as http:/);
    },
  );

  it('is not quoted where it is wrong: it may hold a password', () => {
    expect(() => load('http://user:pa55word@influx:99999')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('pa55word') }),
    );
  });
});
