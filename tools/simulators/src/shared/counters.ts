import { Socket } from 'node:net';

/** What a simulator has seen, so that clients can be compared by what they cost. */
export class Counters {
  private readonly requests = new Map<string, number>();
  private readonly sockets = new Set<Socket>();
  private closedBytesSent = 0;
  private closedBytesReceived = 0;
  private connectionCount = 0;

  /** Counts one request, or one command under its type. */
  countRequest(name: string): void {
    this.requests.set(name, (this.requests.get(name) ?? 0) + 1);
  }

  track(socket: Socket): void {
    this.connectionCount += 1;
    this.sockets.add(socket);
    socket.once('close', () => {
      this.sockets.delete(socket);
      this.closedBytesSent += socket.bytesWritten;
      this.closedBytesReceived += socket.bytesRead;
    });
  }

  /** By name, for example `GET /api/states` or `subscribe_entities`. */
  get requestsByName(): ReadonlyMap<string, number> {
    return this.requests;
  }

  get requestTotal(): number {
    let total = 0;
    for (const count of this.requests.values()) total += count;
    return total;
  }

  /** Connections accepted so far. */
  get connections(): number {
    return this.connectionCount;
  }

  get openConnections(): number {
    return this.sockets.size;
  }

  /** Bytes on the wire, headers and frames included. */
  get bytesSent(): number {
    let bytes = this.closedBytesSent;
    for (const socket of this.sockets) bytes += socket.bytesWritten;
    return bytes;
  }

  get bytesReceived(): number {
    let bytes = this.closedBytesReceived;
    for (const socket of this.sockets) bytes += socket.bytesRead;
    return bytes;
  }
}
