/** An InfluxDB to read from. */
export interface InfluxReadTarget {
  /** `http://host:8086` */
  url: string;
  /** 2.x and 3: an API token. 1.x: `user:password`. */
  token?: string;
  /** 2.x, for Flux. */
  org?: string;
  /** 2.x: the bucket. 1.x: `database` or `database/retention policy`. 3: the database. */
  bucket: string;
  /** `v1` for InfluxDB before 1.8, which takes user and password in another way. */
  api?: 'v2' | 'v1';
  /** How long the server may be silent, ms. Default 30 s. */
  silenceMs?: number;
}

export const INFLUX_SILENCE_MS = 30_000;

export function influxHeaders({ token, api }: InfluxReadTarget): Record<string, string> {
  if (token === undefined) return {};
  return api === 'v1'
    ? { authorization: `Basic ${Buffer.from(token).toString('base64')}` }
    : { authorization: `Token ${token}` };
}

export function influxAddress({ url }: InfluxReadTarget): string {
  return url.replace(/\/+$/, '');
}
