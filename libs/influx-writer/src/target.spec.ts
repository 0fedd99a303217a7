import { InfluxTarget, writeEndpoint } from './target';

const target = (part: Partial<InfluxTarget>): InfluxTarget => ({
  url: 'http://influx:8086',
  bucket: 'home',
  ...part,
});

describe('writeEndpoint', () => {
  it.each<[string, Partial<InfluxTarget>, string, Record<string, string>]>([
    [
      '1.8',
      { bucket: 'home/autogen', token: 'u:p' },
      '/api/v2/write?bucket=home%2Fautogen&precision=ms',
      { authorization: 'Token u:p' },
    ],
    [
      '2.x',
      { org: 'o&o', token: 'abc==' },
      '/api/v2/write?org=o%26o&bucket=home&precision=ms',
      { authorization: 'Token abc==' },
    ],
    ['3', { token: 'apiv3_x' }, '/api/v2/write?bucket=home&precision=ms', { authorization: 'Token apiv3_x' }],
    ['1.x', { api: 'v1', token: 'u:p' }, '/write?db=home&precision=ms', { authorization: 'Basic dTpw' }],
    ['1.x with a policy', { api: 'v1', bucket: 'home/week' }, '/write?db=home&rp=week&precision=ms', {}],
    ['open', {}, '/api/v2/write?bucket=home&precision=ms', {}],
  ])('addresses %s', (_what, part, writePath, headers) => {
    const endpoint = writeEndpoint(target(part));
    expect(endpoint).toMatchObject({ url: 'http://influx:8086', writePath });
    expect(endpoint.headers).toEqual({ 'content-type': 'text/plain; charset=utf-8', ...headers });
  });

  it('keeps the path of a proxy', () => {
    expect(writeEndpoint(target({ url: 'https://home.example/influx/' })).url).toBe(
      'https://home.example/influx',
    );
  });

  it.each([
    ['http://127.0.0.1:8086', true],
    ['http://localhost', true],
    ['http://[::1]:8086', true],
    ['http://influx:8086', false],
    ['http://127.example.org', false],
  ])('knows whether %s is this machine', (url, isLoopback) => {
    expect(writeEndpoint(target({ url })).isLoopback).toBe(isLoopback);
  });

  it.each<[Partial<InfluxTarget>, string]>([
    [{ url: 'influx:8086' }, 'url: expected http://host:port'],
    [{ url: '' }, 'url: expected http://host:port'],
    [{ url: 'ftp://influx' }, 'url: expected http://host:port'],
    [{ url: 'http://u:s3cret@influx' }, 'belong into token'],
    [{ url: 'http://influx?a=s3cret' }, 'no query'],
    [{ url: 'http://influx/api/v2' }, 'without /api/v2'],
    [{ url: 'http://influx/write' }, 'without /write'],
    [{ token: 's3cret\n' }, 'token: expected printable characters'],
    [{ token: 's3cret', api: 'v1' }, 'token: expected user:password'],
    [{ bucket: '' }, 'bucket: expected a name'],
    [{ bucket: 'a/b/c', api: 'v1' }, 'bucket: expected database or database/policy'],
  ])('refuses %j', (part, message) => {
    let thrown: unknown;
    try {
      writeEndpoint(target(part));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'configuration', message: expect.stringContaining(message) });
    expect(String(thrown)).not.toContain('s3cret');
  });

  it('names everything that is wrong at once', () => {
    expect(() => writeEndpoint({ url: '', bucket: '', token: '\n' })).toThrow(/url: .*; token: .*; bucket: /);
  });
});
