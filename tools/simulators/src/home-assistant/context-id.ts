const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 10;
const SERIAL_LENGTH = 16;

let serial = 0;

function encode(value: number, length: number): string {
  let text = '';
  let rest = value;
  for (let index = 0; index < length; index += 1) {
    text = (ALPHABET[rest % 32] ?? '0') + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** An id in the form of a ULID: the time, then what makes it unique. */
export function newContextId(atMs: number): string {
  serial += 1;
  return encode(atMs, TIME_LENGTH) + encode(serial, SERIAL_LENGTH);
}
