import { User } from './websocket-connection';

export interface AccessOptions {
  /** Failed attempts until the client is banned; default never. */
  readonly loginAttemptsThreshold?: number;
}

/** Who may come in: tokens, and the ban after too many wrong ones. */
export class Access {
  private readonly users = new Map<string, User>();
  private failures = 0;
  private banned = false;

  constructor(private readonly options: AccessOptions = {}) {}

  get isBanned(): boolean {
    return this.banned;
  }

  get failedAttempts(): number {
    return this.failures;
  }

  addToken(token: string, user: User): void {
    this.users.set(token, user);
  }

  revokeToken(token: string): void {
    this.users.delete(token);
  }

  liftBan(): void {
    this.banned = false;
    this.failures = 0;
  }

  ban(): void {
    this.banned = true;
  }

  /** The token's user; a wrong token counts towards the ban. */
  authenticate(token: string): User | null {
    const user = this.users.get(token);
    if (user === undefined) {
      this.countFailure();
      return null;
    }
    this.failures = 0;
    return user;
  }

  countFailure(): void {
    this.failures += 1;
    if (this.failures >= (this.options.loginAttemptsThreshold ?? Number.POSITIVE_INFINITY))
      this.banned = true;
  }
}
