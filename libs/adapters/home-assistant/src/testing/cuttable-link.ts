import { AddressInfo, connect, createServer, Server, Socket } from 'node:net';

/** A TCP link that can be cut. */
export class CuttableLink {
  private readonly sockets = new Set<Socket>();
  private constructor(private readonly listener: Server) {}

  static async to(port: number): Promise<CuttableLink> {
    const listener = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        link.sockets.add(socket);
        socket.pipe(other);
        // What is cut is cut: the other end goes as well.
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          link.sockets.delete(socket);
          other.destroy();
        });
      }
    });
    const link = new CuttableLink(listener);
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    this.listener.close();
  }
}
