import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Counters } from './counters';
import { FaultScript } from './faults';
import { SimulatedResponse } from './faulty-response';
import { SimulatorClock } from './simulated-clock';
import { SimulatedRequest, SimulatorServer } from './simulator-server';

const REAL_TIME: SimulatorClock = { now: () => new Date() };

/** One vendor's device or cloud on a port of its own; each vendor only says what it answers. */
export abstract class VendorSimulator {
  private startedServer: SimulatorServer | null = null;

  protected constructor(protected readonly clock: SimulatorClock = REAL_TIME) {}

  /** For example `http://127.0.0.1:41234`. */
  get url(): string {
    return this.server.url;
  }

  /** Address and port, as a user would set it. */
  get host(): string {
    return this.url.replace('http://', '');
  }

  get faults(): FaultScript {
    return this.server.faults;
  }

  get counters(): Counters {
    return this.server.counters;
  }

  /** Goes down, as if it were switched off, until `acceptConnections`. */
  refuseConnections(): Promise<void> {
    return this.server.refuseConnections();
  }

  acceptConnections(): Promise<void> {
    return this.server.acceptConnections();
  }

  dropConnections(): void {
    this.server.dropConnections();
  }

  freezeConnections(): void {
    this.server.freezeConnections();
  }

  close(): Promise<void> {
    return this.server.close();
  }

  protected abstract handle(request: SimulatedRequest): SimulatedResponse | Promise<SimulatedResponse>;

  /** Takes over a WebSocket upgrade; without it upgrades are refused. */
  protected upgrade?(request: IncomingMessage, socket: Socket, head: Buffer): void;

  /** @param port 0 for a free one */
  protected async serve(port = 0): Promise<this> {
    this.startedServer = await SimulatorServer.start({
      handle: (request) => this.handle(request),
      ...(this.upgrade ? { upgrade: this.upgrade.bind(this) } : {}),
      port,
    });
    return this;
  }

  private get server(): SimulatorServer {
    if (!this.startedServer) throw new Error(`${this.constructor.name} has not started yet`);
    return this.startedServer;
  }
}
