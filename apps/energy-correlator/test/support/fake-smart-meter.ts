import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { Clock } from '@smart-meter/meter-adapter';

export interface FakeSmartMeterOptions {
  /** The home's power at an instant, W; null = unknown. */
  powerAt(at: Date): number | null;
  everyS: number;
  clock: Clock;
}

/** The part of smart-meter's API that the correlator reads: `GET /readings` as NDJSON, never of the future. */
export class FakeSmartMeter {
  /** What it answers in place of readings. */
  failWith: number | null = null;
  /** It has no reading of what lies between, ms; as when its meter was away. */
  missing: { fromMs: number; toMs: number } | null = null;
  requests = 0;

  private constructor(
    private readonly options: FakeSmartMeterOptions,
    private readonly server: Server,
  ) {}

  static async start(options: FakeSmartMeterOptions): Promise<FakeSmartMeter> {
    const server = createServer((request, response) => {
      fake.requests += 1;
      if (fake.failWith !== null) {
        response.writeHead(fake.failWith).end('no');
        return;
      }
      const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.end(
        fake.lines(Date.parse(searchParams.get('from') ?? ''), Date.parse(searchParams.get('to') ?? '')),
      );
    });
    const fake = new FakeSmartMeter(options, server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private lines(fromMs: number, toMs: number): string {
    const { everyS, powerAt, clock } = this.options;
    const stepMs = everyS * 1000;
    const untilMs = Math.min(toMs, clock.now().getTime() + 1);
    let text = '';
    for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs < untilMs; atMs += stepMs) {
      if (this.missing && atMs >= this.missing.fromMs && atMs < this.missing.toMs) continue;
      const at = new Date(atMs);
      text += `${JSON.stringify({
        timestamp: at.toISOString(),
        averaged_over_s: 0,
        provenance: 'live',
        total_power_w: powerAt(at),
        circuits: [],
      })}\n`;
    }
    return text;
  }
}
