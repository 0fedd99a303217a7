/** The least that a server is believed to take in one request. */
const SMALLEST_BYTES = 4_096;

/** How much goes into one request: learned from what the server takes. */
export class BatchLimits {
  maxLines: number;
  maxBytes: number;

  constructor(
    private readonly mostLines: number,
    mostBytes: number,
  ) {
    this.maxLines = mostLines;
    this.maxBytes = mostBytes;
  }

  succeeded(): void {
    this.maxLines = Math.min(this.mostLines, this.maxLines * 2);
  }

  /** A slow server, a small cache or a cut upload may get on with less. */
  failed(): void {
    this.maxLines = Math.max(1, Math.floor(this.maxLines / 2));
  }

  /** A limit of the server's settings: stays. */
  tooLarge(bytes: number): void {
    this.maxBytes = Math.max(SMALLEST_BYTES, Math.min(this.maxBytes, Math.floor(bytes / 2)));
  }
}
