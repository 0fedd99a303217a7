import { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from './faults';
import { reset } from './reset';

/** An answer as a simulator means it. */
export interface SimulatedResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
  /** false for an answer that is never compressed; else JSON is, where the server compresses at all. */
  readonly compress?: false;
}

export const LOGIN_PAGE =
  '<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>';

const HUGE_CHUNK = Buffer.from('0,'.repeat(32 * 1024));

/** Builds an answer whose body is JSON. */
export function jsonResponse(
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): SimulatedResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

export function textResponse(body: string, status: number): SimulatedResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

/** The faults that replace an answer as a whole; null where the true answer is needed or none is given. */
export function replacementFor(fault: Fault): SimulatedResponse | null {
  switch (fault.kind) {
    case 'status': {
      const retryAfter = fault.retryAfterS === undefined ? {} : { 'retry-after': String(fault.retryAfterS) };
      return {
        status: fault.status,
        headers: { 'content-type': 'text/plain; charset=utf-8', ...retryAfter, ...fault.headers },
        body: fault.body ?? `${fault.status}: scripted`,
      };
    }
    case 'html':
      return { status: fault.status ?? 200, headers: { 'content-type': 'text/html' }, body: LOGIN_PAGE };
    case 'body':
      return {
        status: fault.status ?? 200,
        headers: { 'content-type': fault.contentType ?? 'application/json' },
        body: fault.body,
      };
    default:
      return null;
  }
}

/** Writes an answer, harmed where a fault says so. Returns when all that will be sent is sent. */
export async function writeResponse(
  response: ServerResponse,
  answer: SimulatedResponse,
  fault: Fault | null,
): Promise<void> {
  const body = Buffer.from(answer.body ?? '');
  const head = (length: number): void => {
    for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
    response.writeHead(answer.status, { 'content-length': length });
  };
  switch (fault?.kind) {
    case 'drop':
      if (fault.afterBytes !== undefined && fault.afterBytes > 0) {
        head(body.length);
        response.write(body.subarray(0, fault.afterBytes), () => reset(response.socket));
      } else {
        reset(response.socket);
      }
      return;
    case 'truncate':
      head(body.length);
      response.write(body.subarray(0, fault.afterBytes), () => response.socket?.end());
      return;
    case 'slow':
      head(body.length);
      await writeSlowly(response, body, fault.bytesPerSecond);
      return;
    case 'huge':
      head(fault.bytes);
      await writeHuge(response, fault.bytes);
      return;
    default:
      head(body.length);
      response.end(body);
  }
}

async function writeSlowly(response: ServerResponse, body: Buffer, bytesPerSecond: number): Promise<void> {
  const pauseMs = 20;
  const chunkBytes = Math.max(1, Math.round((bytesPerSecond * pauseMs) / 1000));
  for (let sent = 0; sent < body.length && !response.destroyed; sent += chunkBytes) {
    response.write(body.subarray(sent, sent + chunkBytes));
    await sleep(pauseMs, undefined, { ref: false });
  }
  response.end();
}

async function writeHuge(response: ServerResponse, bytes: number): Promise<void> {
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  const write = async (chunk: Buffer): Promise<void> => {
    if (response.destroyed || response.write(chunk)) return;
    await Promise.race([closed, new Promise<void>((resolve) => response.once('drain', resolve))]);
  };
  await write(Buffer.from('['));
  // Every number but the last takes two bytes; one byte more where the length asks for it.
  let remaining = bytes - 3;
  for (; remaining >= HUGE_CHUNK.length && !response.destroyed; remaining -= HUGE_CHUNK.length) {
    await write(HUGE_CHUNK);
  }
  const pairs = HUGE_CHUNK.subarray(0, remaining - (remaining % 2));
  await write(pairs);
  if (!response.destroyed) response.end(remaining % 2 === 0 ? '0]' : ' 0]');
}
