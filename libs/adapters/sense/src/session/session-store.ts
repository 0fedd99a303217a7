import { DocumentStore, isMeterError, MeterError } from '@smart-meter/meter-adapter';
import { decodeSession, encodeSession, StoredSession } from './stored-session';

/** The session of one account, kept over restarts. */
export class SessionStore {
  constructor(private readonly document: DocumentStore) {}

  /** null where nothing has been stored. Throws `MeterError`. */
  async load(): Promise<StoredSession | null> {
    const document = await this.document.load();
    if (document === undefined) return null;
    try {
      return decodeSession(document);
    } catch (error) {
      if (!isMeterError(error)) throw error;
      throw new MeterError(
        'configuration',
        `the stored Sense session is damaged (${error.message}): delete it and log in to Sense again`,
        { cause: error },
      );
    }
  }

  /** Resolves once the session would survive a power cut. Throws `MeterError`. */
  save(session: StoredSession): Promise<void> {
    return this.document.save(encodeSession(session));
  }
}
