import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';

/** Answers as energy-correlator does: one event, by default just before it was started. */
export class FakeCorrelator {
  readonly asked: string[] = [];
  eventAtMs = Date.now() - 1_000;
  private readonly server: Server = createServer((request, response) => {
    this.asked.push(request.url ?? '');
    response.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        correlations: [
          {
            timestamp: new Date(this.eventAtMs).toISOString(),
            entity_id: 'switch.coffee_machine',
            state: 'on',
            power_delta_w: 1200,
            confidence: 0.97,
            provisional: false,
          },
          { timestamp: 'unknown', entity_id: 'light.attic', state: 'on', power_delta_w: 5 },
          null,
        ],
        next_cursor: null,
      }),
    );
  });

  static async start(): Promise<FakeCorrelator> {
    const correlator = new FakeCorrelator();
    await new Promise<void>((resolve) => correlator.server.listen(0, '127.0.0.1', resolve));
    return correlator;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
