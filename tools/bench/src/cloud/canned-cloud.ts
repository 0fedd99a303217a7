import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What each path answers; `@INSTANT@` stands for the instant that was asked for. */
export type CannedAnswers = Readonly<Record<string, string>>;

export interface CannedCloud {
  url: string;
  stop(): Promise<void>;
}

/** Written for `node -e`, so that it needs no build: answers come over standard input, the port goes to standard output. */
const SERVER = `
const { createServer } = require('node:http');
let text = '';
process.stdin.on('data', (chunk) => (text += chunk)).on('end', () => {
  const answers = JSON.parse(text);
  const server = createServer((request, response) => {
    request.resume();
    const url = new URL(request.url, 'http://localhost');
    const body = answers[url.pathname];
    response.setHeader('content-type', 'application/json');
    response.end(body ? body.replace('@INSTANT@', url.searchParams.get('instant')) : '{}');
  });
  server.listen(0, '127.0.0.1', () => process.stdout.write(String(server.address().port)));
});
`;

/** A server of fixed answers in a process of its own, so that its work is not counted as the client's. */
export async function startCannedCloud(answers: CannedAnswers): Promise<CannedCloud> {
  const child = spawn(process.execPath, ['-e', SERVER], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(answers));
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: `http://127.0.0.1:${port.toString().trim()}`,
    stop: async () => {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}
