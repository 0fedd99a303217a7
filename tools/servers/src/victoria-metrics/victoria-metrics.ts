import { ServerKind, ServerUnavailableError } from '../shared/availability';
import { dataFolder } from '../shared/data-folder';
import { DebianProgram } from '../shared/debian-program';
import { findFreePort, ServerProcess } from '../shared/server-process';

const QUERY_TIMEOUT_MS = 30_000;
const program = new DebianProgram('victoria-metrics', 'victoria-metrics');

/** VictoriaMetrics: takes `/api/v2/write` from unmodified clients; lenient and not durable, so never the judge. */
export const VICTORIA_METRICS: ServerKind = {
  name: 'VictoriaMetrics 1.79',
  availability: () => program.availability(),
};

export interface VictoriaMetricsOptions {
  /** Kept at the end. Default: a temporary folder that is deleted. */
  dataDir?: string;
  /** Default: a free one. */
  port?: number;
}

/** One series as VictoriaMetrics exports it; timestamps in ms. */
export interface ExportedSeries {
  metric: Record<string, string>;
  values: number[];
  timestamps: number[];
}

/**
 * Starts VictoriaMetrics and waits until it answers.
 * Throws `ServerUnavailableError` where there is none.
 */
export async function startVictoriaMetrics(
  options: VictoriaMetricsOptions = {},
): Promise<VictoriaMetricsServer> {
  const path = program.path();
  if (path === undefined) {
    const availability = VICTORIA_METRICS.availability();
    throw new ServerUnavailableError(
      VICTORIA_METRICS.name,
      availability.available ? '' : availability.reason,
    );
  }
  const data = dataFolder(options.dataDir, 'victoria-metrics');
  const url = `http://127.0.0.1:${options.port ?? (await findFreePort())}`;
  const victoria = new ServerProcess({
    name: VICTORIA_METRICS.name,
    program: path,
    args: [
      `-storageDataPath=${data.path}`,
      `-httpListenAddr=${new URL(url).host}`,
      '-retentionPeriod=100y',
      '-search.latencyOffset=0s',
      '-dedup.minScrapeInterval=1ms',
      '-loggerLevel=WARN',
    ],
    isReady: async () => (await fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) })).ok,
  });
  try {
    await victoria.start();
  } catch (error) {
    data.remove();
    throw error;
  }
  return new VictoriaMetricsServer(victoria, url, data.path, data.remove);
}

/** A running VictoriaMetrics. */
export class VictoriaMetricsServer {
  constructor(
    private readonly victoria: ServerProcess,
    readonly url: string,
    readonly dataDir: string,
    private readonly removeData: () => void,
  ) {}

  /**
   * All that matches. What was written appears after a second or two.
   * @param match a series selector: `smart_meter_total_power_w{meter_type="emporia"}`
   */
  async export(match: string): Promise<ExportedSeries[]> {
    await this.get('/internal/force_flush');
    const lines = await this.get(`/api/v1/export?${new URLSearchParams({ 'match[]': match })}`);
    return lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as ExportedSeries);
  }

  private async get(path: string): Promise<string> {
    const response = await fetch(this.url + path, { signal: AbortSignal.timeout(QUERY_TIMEOUT_MS) });
    const text = await response.text();
    if (!response.ok) throw new Error(`VictoriaMetrics answered ${response.status} to ${path}: ${text}`);
    return text;
  }

  /** What a power cut does to it. */
  kill9(): Promise<void> {
    return this.victoria.kill9();
  }

  /** It goes on listening and answers nothing. */
  suspend(): void {
    this.victoria.suspend();
  }

  resume(): void {
    this.victoria.resume();
  }

  /** On the same port and data; ends it first where it still runs. */
  async restart(): Promise<void> {
    await this.victoria.stop();
    await this.victoria.start();
  }

  async stop(): Promise<void> {
    await this.victoria.stop();
    this.removeData();
  }
}
