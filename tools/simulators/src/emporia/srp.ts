import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** The server's side of the Secure Remote Password exchange as AWS Cognito runs it (3072-bit group of RFC 5054). */

const PRIME_HEX =
  'FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD' +
  'EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED' +
  'EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F' +
  '83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B' +
  'E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510' +
  '15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7' +
  'ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C' +
  'BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF';
const PRIME = BigInt(`0x${PRIME_HEX}`);
const GENERATOR = 2n;
const MULTIPLIER = BigInt(`0x${sha256Hex(Buffer.from(`00${PRIME_HEX}02`, 'hex'))}`);

export interface SrpChallenge {
  saltHex: string;
  serverPublicHex: string;
  /** Opaque to the client, which sends it back. */
  secretBlock: string;
  /** Whether the client's proof shows that it knows the password. */
  accepts(timestamp: string, signature: string): boolean;
}

/** @param poolName the part of the pool id after the underscore */
export function challenge(
  poolName: string,
  userId: string,
  password: string,
  clientPublicHex: string,
): SrpChallenge {
  const clientPublic = BigInt(`0x${clientPublicHex}`);
  const saltHex = padded(BigInt(`0x${randomBytes(16).toString('hex')}`));
  const identity = sha256Hex(Buffer.from(`${poolName}${userId}:${password}`));
  const secretExponent = BigInt(`0x${sha256Hex(Buffer.from(saltHex + identity, 'hex'))}`);
  const verifier = power(GENERATOR, secretExponent);
  const serverSecret = BigInt(`0x${randomBytes(128).toString('hex')}`);
  const serverPublic = (MULTIPLIER * verifier + power(GENERATOR, serverSecret)) % PRIME;
  const secretBlock = randomBytes(64).toString('base64');
  const scrambler = BigInt(`0x${sha256Hex(Buffer.from(padded(clientPublic) + padded(serverPublic), 'hex'))}`);
  const shared = power((clientPublic * power(verifier, scrambler)) % PRIME, serverSecret);
  const key = deriveKey(Buffer.from(padded(shared), 'hex'), Buffer.from(padded(scrambler), 'hex'));
  return {
    saltHex,
    serverPublicHex: serverPublic.toString(16),
    secretBlock,
    accepts: (timestamp, signature) => {
      const expected = createHmac('sha256', key)
        .update(poolName)
        .update(userId)
        .update(Buffer.from(secretBlock, 'base64'))
        .update(timestamp)
        .digest();
      const given = Buffer.from(signature, 'base64');
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

function deriveKey(input: Buffer, salt: Buffer): Buffer {
  const pseudoRandomKey = createHmac('sha256', salt).update(input).digest();
  return createHmac('sha256', pseudoRandomKey).update('Caldera Derived Key\u0001').digest().subarray(0, 16);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let factor = base % PRIME, left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * factor) % PRIME;
    factor = (factor * factor) % PRIME;
  }
  return result;
}

/** Hex of even length whose first bit is 0, so that it reads as a positive number. */
function padded(value: bigint): string {
  const hex = value.toString(16);
  if (hex.length % 2 === 1) return `0${hex}`;
  return /^[89a-f]/.test(hex) ? `00${hex}` : hex;
}

function sha256Hex(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
