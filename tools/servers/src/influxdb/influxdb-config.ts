export interface InfluxDbLimits {
  /** Larger bodies get 413. Default 25 MB; 0 = no limit. */
  maxBodyBytes?: number;
  /** More writes at a time wait in a queue; 0 = no limit. */
  maxConcurrentWrites?: number;
  /** More writes in that queue get 503; 0 = no limit. */
  maxEnqueuedWrites?: number;
  /** More unflushed data gets 500 "cache-max-memory-size exceeded". */
  cacheMaxBytes?: number;
}

/** The configuration file of InfluxDB 1.6. */
export function influxDbConfig(
  dataDir: string,
  port: number,
  authEnabled: boolean,
  limits: InfluxDbLimits,
): string {
  const http = [
    `bind-address = "127.0.0.1:${port}"`,
    `auth-enabled = ${authEnabled}`,
    'log-enabled = false',
    setting('max-body-size', limits.maxBodyBytes),
    setting('max-concurrent-write-limit', limits.maxConcurrentWrites),
    setting('max-enqueued-write-limit', limits.maxEnqueuedWrites),
  ];
  const data = [
    `dir = ${JSON.stringify(`${dataDir}/data`)}`,
    `wal-dir = ${JSON.stringify(`${dataDir}/wal`)}`,
    'query-log-enabled = false',
    setting('cache-max-memory-size', limits.cacheMaxBytes),
  ];
  return [
    'reporting-disabled = true',
    'bind-address = "127.0.0.1:0"',
    section('meta', [`dir = ${JSON.stringify(`${dataDir}/meta`)}`]),
    section('data', data),
    section('http', http),
    section('monitor', ['store-enabled = false']),
    section('logging', ['level = "warn"', 'suppress-logo = true']),
    '',
  ].join('\n');
}

const setting = (name: string, value: number | undefined) =>
  value === undefined ? '' : `${name} = ${value}`;
const section = (name: string, lines: string[]) =>
  [`[${name}]`, ...lines.filter((line) => line !== '')].join('\n');
