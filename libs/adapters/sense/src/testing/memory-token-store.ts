import { decodeSession, encodeSession, StoredSession } from '../session/stored-session';
import { TokenStore } from '../session/token-store';

/** Keeps the session as text, as a file would, and every version of it. */
export class MemoryTokenStore implements TokenStore {
  readonly saved: StoredSession[] = [];
  private text: string | null = null;

  load(): Promise<StoredSession | null> {
    return Promise.resolve(this.text === null ? null : decodeSession(this.text));
  }

  save(session: StoredSession): Promise<void> {
    this.saved.push(session);
    this.text = encodeSession(session);
    return Promise.resolve();
  }
}
