import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServerKind, ServerUnavailableError } from '../shared/availability';
import { dataFolder } from '../shared/data-folder';
import { DebianProgram } from '../shared/debian-program';
import { findFreePort, ServerProcess } from '../shared/server-process';
import { influxDbConfig, InfluxDbLimits } from './influxdb-config';
import { startV2Proxy, V2Proxy } from './v2-proxy';

const QUERY_TIMEOUT_MS = 30_000;
const program = new DebianProgram('influxd', 'influxdb');

/** InfluxDB 1.6.7: the judge of line protocol, partial writes and durable acknowledgements. */
export const INFLUXDB: ServerKind = {
  name: 'InfluxDB 1.6.7',
  availability: () => program.availability(),
};

export interface InfluxDbCredentials {
  username: string;
  password: string;
}

export interface InfluxDbOptions extends InfluxDbLimits {
  /** Switches access control on, with this user as administrator. */
  auth?: InfluxDbCredentials;
  /** Kept at the end. Default: a temporary folder that is deleted. */
  dataDir?: string;
  /** Default: a free one. */
  port?: number;
}

/** One series of an InfluxQL answer. */
export interface InfluxSeries {
  name: string;
  tags?: Record<string, string>;
  columns: string[];
  values: (string | number | boolean | null)[][];
}

/**
 * Starts InfluxDB and waits until it answers.
 * Throws `ServerUnavailableError` where there is none.
 */
export async function startInfluxDb(options: InfluxDbOptions = {}): Promise<InfluxDbServer> {
  const path = program.path();
  if (path === undefined) {
    const availability = INFLUXDB.availability();
    throw new ServerUnavailableError(INFLUXDB.name, availability.available ? '' : availability.reason);
  }
  const data = dataFolder(options.dataDir, 'influxdb');
  const port = options.port ?? (await findFreePort());
  const configFile = join(data.path, 'influxdb.conf');
  writeFileSync(configFile, influxDbConfig(data.path, port, options.auth !== undefined, options));
  const url = `http://127.0.0.1:${port}`;
  const influxd = new ServerProcess({
    name: INFLUXDB.name,
    program: path,
    args: ['-config', configFile],
    isReady: async () => (await fetch(`${url}/ping`, { signal: AbortSignal.timeout(1_000) })).status === 204,
  });
  let v2Proxy: V2Proxy | undefined;
  try {
    await influxd.start();
    v2Proxy = await startV2Proxy(port);
    const server = new InfluxDbServer(influxd, url, v2Proxy, data.path, options.auth, data.remove);
    if (options.auth !== undefined) await server.createAdministrator();
    return server;
  } catch (error) {
    await v2Proxy?.close();
    await influxd.kill9();
    data.remove();
    throw error;
  }
}

/** A running InfluxDB. */
export class InfluxDbServer {
  constructor(
    private readonly influxd: ServerProcess,
    /** What 1.6.7 itself serves: `/write`, `/query`, `/ping`. */
    readonly url: string,
    private readonly v2Proxy: V2Proxy,
    readonly dataDir: string,
    private readonly auth: InfluxDbCredentials | undefined,
    private readonly removeData: () => void,
  ) {}

  /** The same server with the part of the 2.x API that 1.8 has. */
  get v2Url(): string {
    return this.v2Proxy.url;
  }

  /**
   * Runs InfluxQL as the administrator; timestamps in ms.
   * @returns the series of all statements; throws with the server's words on any error
   */
  async query(influxQl: string, database?: string): Promise<InfluxSeries[]> {
    const parameters = new URLSearchParams({ q: influxQl, epoch: 'ms' });
    if (database !== undefined) parameters.set('db', database);
    const response = await fetch(`${this.url}/query`, {
      method: 'POST',
      body: parameters,
      headers: this.authorization(),
      signal: AbortSignal.timeout(QUERY_TIMEOUT_MS),
    });
    const answer = (await response.json()) as {
      error?: string;
      results?: { error?: string; series?: InfluxSeries[] }[];
    };
    const error = answer.error ?? answer.results?.find((result) => result.error !== undefined)?.error;
    if (error !== undefined) throw new Error(`InfluxDB refused ${influxQl}: ${error}`);
    return (answer.results ?? []).flatMap((result) => result.series ?? []);
  }

  /** Number of points of a measurement that have the field. */
  async count(database: string, measurement: string, field: string): Promise<number> {
    const [series] = await this.query(`SELECT count("${field}") FROM "${measurement}"`, database);
    return Number(series?.values[0]?.[1] ?? 0);
  }

  async createDatabase(name: string): Promise<void> {
    await this.query(`CREATE DATABASE "${name}"`);
  }

  async dropDatabase(name: string): Promise<void> {
    await this.query(`DROP DATABASE "${name}"`);
  }

  async setPassword(password: string): Promise<void> {
    await this.query(`SET PASSWORD FOR "${this.auth?.username ?? ''}" = ${quoted(password)}`);
    if (this.auth !== undefined) this.auth.password = password;
  }

  async createAdministrator(): Promise<void> {
    if (this.auth === undefined) return;
    const { username, password } = this.auth;
    await this.query(`CREATE USER "${username}" WITH PASSWORD ${quoted(password)} WITH ALL PRIVILEGES`);
  }

  private authorization(): Record<string, string> {
    if (this.auth === undefined) return {};
    const { username, password } = this.auth;
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  }

  /** What a power cut does to it; the v2 side goes on listening and cuts every connection. */
  kill9(): Promise<void> {
    return this.influxd.kill9();
  }

  /** It goes on listening and answers nothing. */
  suspend(): void {
    this.influxd.suspend();
  }

  resume(): void {
    this.influxd.resume();
  }

  /** On the same port and data; ends it first where it still runs. */
  async restart(): Promise<void> {
    await this.influxd.stop();
    await this.influxd.start();
  }

  async stop(): Promise<void> {
    await this.v2Proxy.close();
    await this.influxd.stop();
    this.removeData();
  }
}

/** A string literal of InfluxQL. */
const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
