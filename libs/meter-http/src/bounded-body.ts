import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { MeterError } from '@smart-meter/meter-adapter';
import { Dispatcher } from 'undici';

const decompressors = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** The whole body, decompressed; a body over `maxBytes`, before or after decompression, is an error and is not read on. */
export async function readBounded(
  response: Dispatcher.ResponseData,
  maxBytes: number,
  peer: string,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(peer, maxBytes);
    chunks.push(chunk);
  }
  const raw = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes);
  const encoding = response.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity' || raw.length === 0) return raw;
  if (encoding !== 'gzip' && encoding !== 'deflate' && encoding !== 'br') {
    throw new MeterError('malformed_response', `${peer} used a compression that was not offered`);
  }
  try {
    return await decompressors[encoding](raw, { maxOutputLength: maxBytes });
  } catch (error) {
    if (isCode(error, 'ERR_BUFFER_TOO_LARGE')) throw tooLarge(peer, maxBytes);
    throw new MeterError('malformed_response', `${peer} sent a damaged ${encoding} body`, { cause: error });
  }
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

function tooLarge(peer: string, maxBytes: number): MeterError {
  return new MeterError(
    'malformed_response',
    `${peer} sent more than ${Math.round(maxBytes / 1024 / 1024)} MiB: not read`,
  );
}
