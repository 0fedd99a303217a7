import { WebSocket } from 'ws';

const COMMAND_TIMEOUT_MS = 30_000;

interface Frame {
  type: string;
  success?: boolean;
  result?: unknown;
  error?: { code: string; message: string };
}

/** Connects, sends one WebSocket command and returns its result. */
export function oneCommand(
  url: string,
  token: string,
  command: { type: string; [field: string]: unknown },
): Promise<unknown> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/websocket`);
  return new Promise<unknown>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer to ${command.type}`)), COMMAND_TIMEOUT_MS);
    socket.on('close', () => {
      clearTimeout(timer);
      reject(new Error(`the connection ended before the answer to ${command.type}`));
    });
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString('utf8')) as Frame;
      if (frame.type === 'auth_required') socket.send(JSON.stringify({ type: 'auth', access_token: token }));
      if (frame.type === 'auth_ok') socket.send(JSON.stringify({ id: 1, ...command }));
      if (frame.type === 'auth_invalid') reject(new Error('the token was refused'));
      if (frame.type !== 'result') return;
      if (frame.success) resolve(frame.result);
      else reject(new Error(`${command.type} failed: ${frame.error?.code}: ${frame.error?.message}`));
    });
  }).finally(() => socket.close());
}
