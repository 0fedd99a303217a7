/** Encodes JSON-like data as MessagePack, as far as Sense's live feed needs it. */
export function encodeMsgpack(value: unknown): Buffer {
  const parts: Buffer[] = [];
  write(value, parts);
  return Buffer.concat(parts);
}

function write(value: unknown, parts: Buffer[]): void {
  if (value === null || value === undefined) parts.push(Buffer.of(0xc0));
  else if (typeof value === 'boolean') parts.push(Buffer.of(value ? 0xc3 : 0xc2));
  else if (typeof value === 'number') parts.push(numberBytes(value));
  else if (typeof value === 'string') {
    const text = Buffer.from(value, 'utf8');
    parts.push(sized(text.length, 0xda, 0xdb), text);
  } else if (Array.isArray(value)) {
    parts.push(sized(value.length, 0xdc, 0xdd));
    for (const entry of value) write(entry, parts);
  } else if (typeof value === 'object') {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    parts.push(sized(entries.length, 0xde, 0xdf));
    for (const [key, entry] of entries) {
      write(key, parts);
      write(entry, parts);
    }
  } else throw new TypeError(`MessagePack has no ${typeof value}`);
}

/** Whole numbers that fit as int 32, everything else as float 64. */
function numberBytes(value: number): Buffer {
  const isInt32 = Number.isInteger(value) && Math.abs(value) < 2 ** 31;
  const bytes = Buffer.alloc(isInt32 ? 5 : 9);
  bytes[0] = isInt32 ? 0xd2 : 0xcb;
  if (isInt32) bytes.writeInt32BE(value, 1);
  else bytes.writeDoubleBE(value, 1);
  return bytes;
}

/** A header with a 16-bit length, or a 32-bit one. */
function sized(length: number, short: number, long: number): Buffer {
  const isShort = length < 2 ** 16;
  const bytes = Buffer.alloc(isShort ? 3 : 5);
  bytes[0] = isShort ? short : long;
  if (isShort) bytes.writeUInt16BE(length, 1);
  else bytes.writeUInt32BE(length, 1);
  return bytes;
}
