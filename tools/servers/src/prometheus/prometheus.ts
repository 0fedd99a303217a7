import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServerKind, ServerUnavailableError } from '../shared/availability';
import { dataFolder } from '../shared/data-folder';
import { DebianProgram } from '../shared/debian-program';
import { findFreePort, ServerProcess } from '../shared/server-process';

const QUERY_TIMEOUT_MS = 30_000;
const program = new DebianProgram('prometheus', 'prometheus');

/** Prometheus: reads `/metrics` as it does at home, and knows whether a query can be asked. */
export const PROMETHEUS: ServerKind = {
  name: 'Prometheus 2.42',
  availability: () => program.availability(),
};

/** One series of an answer; its value is text, such as `NaN`. */
export interface PrometheusSample {
  metric: Record<string, string>;
  value: [number, string];
}

/**
 * Starts Prometheus with a configuration and waits until it answers.
 * Throws `ServerUnavailableError` where there is none.
 * @param configuration the text of a `prometheus.yml`
 */
export async function startPrometheus(configuration: string): Promise<PrometheusServer> {
  const path = program.path();
  if (path === undefined) {
    const availability = PROMETHEUS.availability();
    throw new ServerUnavailableError(PROMETHEUS.name, availability.available ? '' : availability.reason);
  }
  const data = dataFolder(undefined, 'prometheus');
  const configFile = join(data.path, 'prometheus.yml');
  writeFileSync(configFile, configuration);
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const prometheus = new ServerProcess({
    name: PROMETHEUS.name,
    program: path,
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(data.path, 'tsdb')}`,
      `--web.listen-address=${new URL(url).host}`,
      '--log.level=warn',
    ],
    isReady: async () => (await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(1_000) })).ok,
  });
  try {
    await prometheus.start();
  } catch (error) {
    data.remove();
    throw error;
  }
  return new PrometheusServer(prometheus, url, data.remove);
}

/** A running Prometheus. */
export class PrometheusServer {
  constructor(
    private readonly prometheus: ServerProcess,
    readonly url: string,
    private readonly removeData: () => void,
  ) {}

  /** The answer of now. Rejects with Prometheus' words where the query cannot be asked. */
  async query(expression: string): Promise<PrometheusSample[]> {
    const response = await fetch(`${this.url}/api/v1/query?${new URLSearchParams({ query: expression })}`, {
      signal: AbortSignal.timeout(QUERY_TIMEOUT_MS),
    });
    const answer = (await response.json()) as { error?: string; data?: { result: PrometheusSample[] } };
    if (answer.data === undefined) throw new Error(answer.error ?? `Prometheus answered ${response.status}`);
    return answer.data.result;
  }

  async stop(): Promise<void> {
    await this.prometheus.stop();
    this.removeData();
  }
}
