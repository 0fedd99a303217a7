import { DocumentStore } from '@smart-meter/meter-adapter';
import { readStoredTokens, StoredTokens } from '../stored-tokens';

/** Holds what a file would: text. */
export class MemoryTokenStore implements DocumentStore {
  private text: string | undefined;

  get tokens(): StoredTokens | null {
    return this.text === undefined ? null : readStoredTokens(JSON.parse(this.text));
  }

  load(): Promise<unknown> {
    return Promise.resolve(this.text === undefined ? undefined : JSON.parse(this.text));
  }

  save(document: unknown): Promise<void> {
    this.text = JSON.stringify(document);
    return Promise.resolve();
  }
}
