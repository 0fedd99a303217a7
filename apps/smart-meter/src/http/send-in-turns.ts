import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import type { Response } from 'express';

/** A write to a socket costs as much as some rows. */
const BLOCK_CHARACTERS = 64 * 1024;
/** Nobody else is served while a block is made. */
const LONGEST_TURN_MS = 10;
/** An answer up to this long is whole before it is sent: it has a length and an `ETag`. */
const WHOLE_CHARACTERS = 1024 * 1024;

/**
 * Sends an answer of any length as it is made: no further ahead than the caller reads, and with the service free for
 * others after every block. Throws what the texts throw; a caller that goes away ends it quietly.
 * @param texts the answer in pieces; empty ones are places to pause at
 */
export async function sendInTurns(response: Response, texts: Iterable<string>): Promise<void> {
  const blocks = inTurns(texts);
  let head = '';
  let block = await blocks.next();
  for (; !block.done && head.length < WHOLE_CHARACTERS; block = await blocks.next()) head += block.value;
  if (block.done) {
    response.send(head);
    return;
  }
  const first = head + block.value;
  await pipeline(async function* () {
    yield first;
    yield* blocks;
  }, response).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

async function* inTurns(texts: Iterable<string>): AsyncGenerator<string, void, undefined> {
  for (const block of textBlocks(texts)) {
    yield block;
    await setImmediate();
  }
}

/** Nothing is made ahead of the block that is asked for. */
export function* textBlocks(texts: Iterable<string>): Generator<string, void, undefined> {
  let block = '';
  let startedMs = performance.now();
  for (const text of texts) {
    block += text;
    if (block.length < BLOCK_CHARACTERS && performance.now() - startedMs < LONGEST_TURN_MS) continue;
    yield block;
    block = '';
    startedMs = performance.now();
  }
  if (block !== '') yield block;
}
