import { StoredTokens, TokenStore } from '../token-store';

export class MemoryTokenStore implements TokenStore {
  tokens: StoredTokens | null = null;
  saves = 0;

  load(): Promise<StoredTokens | null> {
    return Promise.resolve(this.tokens);
  }

  save(tokens: StoredTokens): Promise<void> {
    this.tokens = tokens;
    this.saves += 1;
    return Promise.resolve();
  }
}
