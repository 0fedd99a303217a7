import { DocumentStore } from '@smart-meter/meter-adapter';
import { decodeSession, StoredSession } from '../session/stored-session';

/** Keeps the session as text, as a file would, and every version of it. */
export class MemoryTokenStore implements DocumentStore {
  private readonly texts: string[] = [];

  load(): Promise<unknown> {
    const text = this.texts.at(-1);
    return Promise.resolve(text === undefined ? undefined : JSON.parse(text));
  }

  save(document: unknown): Promise<void> {
    this.texts.push(JSON.stringify(document));
    return Promise.resolve();
  }

  get saved(): readonly StoredSession[] {
    return this.texts.map((text) => decodeSession(JSON.parse(text)));
  }

  get session(): StoredSession | undefined {
    return this.saved.at(-1);
  }
}
