import { instantOrNull, isJsonObject } from '@smart-meter/meter-adapter';
import { text } from './payload-fields';

/** What must outlive a restart so that it needs no new log-in. All of it is secret. */
export interface StoredTokens {
  /** Which credentials these tokens came from: a digest, so that others make them void. */
  origin: string;
  idToken: string;
  /** UTC, by this machine's clock. */
  idTokenExpiresAt: Date;
  refreshToken: string;
}

/** From a stored document; null where it is none of ours. */
export function readStoredTokens(document: unknown): StoredTokens | null {
  if (!isJsonObject(document)) return null;
  const [origin, idToken, refreshToken] = ['origin', 'idToken', 'refreshToken'].map((key) =>
    text(document[key]),
  );
  const idTokenExpiresAt = instantOrNull(document['idTokenExpiresAt']);
  if (!origin || !idToken || !refreshToken || !idTokenExpiresAt) return null;
  return { origin, idToken, idTokenExpiresAt, refreshToken };
}
