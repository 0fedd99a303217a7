import { MeterError } from '@smart-meter/meter-adapter';

/** Where the lines go. */
export interface InfluxTarget {
  /** `http(s)://host:port`, with a path only behind a proxy that wants one. */
  url: string;
  /** 2.x and 3: an API token. 1.x: `user:password`. Absent: no access control. */
  token?: string;
  /** 2.x: the organisation. 1.x and 3 ignore it. */
  org?: string;
  /** 2.x: the bucket. 1.x: `database` or `database/retention policy`. 3: the database. */
  bucket: string;
  /**
   * `v2`: `/api/v2/write`, which 1.8, 2.x, 3 and VictoriaMetrics have; the default.
   * `v1`: `/write`, for InfluxDB before 1.8.
   */
  api?: 'v2' | 'v1';
}

/** A target that was checked, as requests need it. */
export interface WriteEndpoint {
  url: string;
  /** Path and query of a write. */
  writePath: string;
  headers: Readonly<Record<string, string>>;
  isLoopback: boolean;
  /** A text without the secrets of this target. */
  redact(text: string): string;
}

const LOOPBACK_HOST = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Throws `MeterError` `configuration` that names every wrong field and no secret. */
export function writeEndpoint(target: InfluxTarget): WriteEndpoint {
  const url = baseUrl(target.url);
  const problems = [
    ...(typeof url === 'string' ? [url] : []),
    ...tokenProblems(target),
    ...bucketProblems(target),
  ];
  if (problems.length > 0 || typeof url === 'string') {
    throw new MeterError('configuration', `InfluxDB target: ${problems.join('; ')}`);
  }
  return {
    url: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    writePath: target.api === 'v1' ? v1WritePath(target) : v2WritePath(target),
    headers: { 'content-type': 'text/plain; charset=utf-8', ...authorization(target) },
    isLoopback: LOOPBACK_HOST.test(url.hostname),
    redact: redactor(target.token),
  };
}

/** The checked address, or what is wrong with it. */
function baseUrl(text: string): URL | string {
  const expected = 'url: expected http://host:port or https://host:port';
  if (!URL.canParse(text)) return expected;
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return expected;
  if (url.username !== '' || url.password !== '')
    return 'url: expected no user or password in it, they belong into token';
  if (url.search !== '' || url.hash !== '') return 'url: expected no query and no fragment';
  if (/\/(api\/v[23].*|write|query)\/?$/.test(url.pathname))
    return `url: expected it without ${url.pathname}`;
  return url;
}

function tokenProblems({ token, api }: InfluxTarget): string[] {
  if (token === undefined) return [];
  if (!/^[\x20-\x7e\xa0-\xff]+$/.test(token) && api !== 'v1') return ['token: expected printable characters'];
  if (api === 'v1' && !token.includes(':')) return ['token: expected user:password'];
  return [];
}

function bucketProblems({ bucket, api }: InfluxTarget): string[] {
  if (bucket === '') return ['bucket: expected a name, got nothing'];
  if (api === 'v1' && !/^[^/]+(\/[^/]+)?$/.test(bucket)) {
    return ['bucket: expected database or database/policy'];
  }
  return [];
}

function v2WritePath({ org, bucket }: InfluxTarget): string {
  const query = new URLSearchParams({ ...(org === undefined ? {} : { org }), bucket, precision: 'ms' });
  return `/api/v2/write?${query}`;
}

function v1WritePath({ bucket }: InfluxTarget): string {
  const [db = '', rp] = bucket.split('/');
  return `/write?${new URLSearchParams({ db, ...(rp === undefined ? {} : { rp }), precision: 'ms' })}`;
}

function authorization({ token, api }: InfluxTarget): Record<string, string> {
  if (token === undefined) return {};
  if (api === 'v1') return { authorization: `Basic ${Buffer.from(token).toString('base64')}` };
  return { authorization: `Token ${token}` };
}

/** A server may repeat what it was sent, most likely within JSON. */
function redactor(token: string | undefined): (text: string) => string {
  if (token === undefined || token === '') return (text) => text;
  const password = token.slice(token.indexOf(':') + 1);
  const secrets = [Buffer.from(token).toString('base64'), token, password]
    .filter((secret) => secret !== '')
    .flatMap((secret) => [JSON.stringify(secret).slice(1, -1), secret]);
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text);
}
