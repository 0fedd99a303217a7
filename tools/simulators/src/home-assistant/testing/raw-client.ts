import { WebSocket } from 'ws';
import { HomeAssistantSimulator } from '../home-assistant-simulator';

export interface Message {
  readonly id?: number;
  readonly type: string;
  readonly success?: boolean;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
  readonly event?: Record<string, unknown>;
  readonly message?: string;
}

/** A client that shows the protocol bare: frames as they come, ids as the test gives them. */
export class RawClient {
  readonly frames: string[] = [];
  readonly messages: Message[] = [];
  closeCode: number | null = null;
  private nextId = 0;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => {
      const text = String(data);
      this.frames.push(text);
      try {
        const parsed = JSON.parse(text) as Message | Message[];
        this.messages.push(...(Array.isArray(parsed) ? parsed : [parsed]));
      } catch {
        // Some tests send what is no JSON; they look at the frames.
      }
    });
    socket.on('close', (code) => (this.closeCode = code));
    // A connection that breaks shows in closeCode.
    socket.on('error', () => undefined);
  }

  /** Connects without authenticating. */
  static async open(simulator: HomeAssistantSimulator): Promise<RawClient> {
    const client = new RawClient(new WebSocket(simulator.webSocketUrl, { perMessageDeflate: false }));
    await client.until(() => client.messages.length > 0 || client.closeCode !== null);
    return client;
  }

  static async connect(simulator: HomeAssistantSimulator, token = simulator.token): Promise<RawClient> {
    const client = await RawClient.open(simulator);
    client.sendText(JSON.stringify({ type: 'auth', access_token: token }));
    await client.until(() => client.messages.length > 1);
    return client;
  }

  sendText(text: string): void {
    this.socket.send(text);
  }

  /** Sends a command with the next id, which it returns. */
  send(command: Record<string, unknown>): number {
    this.nextId += 1;
    this.sendText(JSON.stringify({ id: this.nextId, ...command }));
    return this.nextId;
  }

  async request(command: Record<string, unknown>): Promise<Message> {
    const id = this.send(command);
    const find = (): Message | undefined =>
      this.messages.find((one) => one.id === id && one.type !== 'event');
    await this.until(() => find() !== undefined);
    return find() as Message;
  }

  async result<T = unknown>(command: Record<string, unknown>): Promise<T> {
    const { success, result, error } = await this.request(command);
    if (success !== true) throw new Error(error?.code);
    return result as T;
  }

  eventsOf(id: number): Record<string, unknown>[] {
    return this.messages.filter((one) => one.id === id && one.type === 'event').map((one) => one.event ?? {});
  }

  async until(isDone: () => boolean): Promise<void> {
    for (let waitedMs = 0; !isDone(); waitedMs += 5) {
      if (waitedMs > 4000) {
        const last = this.frames.at(-1)?.slice(0, 300) ?? 'none';
        throw new Error(
          `not within 4 s; closed with ${this.closeCode}, ${this.frames.length} frames, last ${last}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  close(): void {
    this.socket.close();
  }
}
