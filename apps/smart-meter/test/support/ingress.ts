import { createServer, request, Server } from 'node:http';
import { AddressInfo } from 'node:net';

/** A proxy that shows a service below a path, as Home Assistant shows its apps. */
export class Ingress {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(targetUrl: string, path: string): Promise<Ingress> {
    const server = createServer((incoming, outgoing) => {
      const wanted = incoming.url ?? '';
      if (!wanted.startsWith(path)) {
        outgoing.writeHead(404).end();
        return;
      }
      const forwarded = request(
        new URL(`/${wanted.slice(path.length)}`, targetUrl),
        {
          method: incoming.method,
          headers: { ...incoming.headers, 'x-ingress-path': path.replace(/\/$/, '') },
        },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      forwarded.on('error', () => outgoing.destroy());
      outgoing.on('close', () => forwarded.destroy());
      incoming.pipe(forwarded);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new Ingress(server, `http://127.0.0.1:${port}${path}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
