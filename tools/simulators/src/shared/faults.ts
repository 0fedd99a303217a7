/** One way in which an answer goes wrong. Bytes count the answer's body as it goes over the wire. */
export type Fault =
  /** Another status; `headers` may hold a Retry-After that is a date. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfterS?: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** No answer, ever; the connection stays open. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** The connection is reset after so many bytes of the body; 0 (default) means before anything is sent. */
  | { readonly kind: 'drop'; readonly afterBytes?: number }
  /** The body ends early although more was promised. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** What a proxy, a login page or a captive portal answers. */
  | { readonly kind: 'html'; readonly status?: number }
  /** Any other body in place of the true one. */
  | { readonly kind: 'body'; readonly body: string; readonly contentType?: string; readonly status?: number }
  /** A well-formed JSON array of so many bytes. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** The true body, changed: wrong types, NaN, a lie. */
  | { readonly kind: 'rewrite'; readonly rewrite: (body: string) => string };

export interface FaultMatch {
  readonly method?: string;
  readonly path?: RegExp;
  /** Type of a WebSocket command. With it only commands match, without it only HTTP requests and upgrades. */
  readonly command?: RegExp;
  /** How often it happens, default once; Infinity until cancelled. */
  readonly times?: number;
  /** So many matching requests pass unharmed first. */
  readonly skip?: number;
}

export interface FaultSubject {
  readonly method: string;
  readonly path: string;
  readonly command?: string;
}

interface Script {
  readonly faults: readonly (Fault | null)[];
  readonly match: FaultMatch;
  toSkip: number;
  done: number;
}

/** Faults that wait for the requests they are meant for. The oldest script that matches a request wins. */
export class FaultScript {
  private readonly scripts = new Set<Script>();

  /**
   * Harms the next matching requests. A list is gone through in order, one entry per request, null meaning that this
   * one is answered well; `times` then repeats the whole list. Returns what calls it off.
   */
  next(fault: Fault | readonly (Fault | null)[], match: FaultMatch = {}): () => void {
    const faults = Array.isArray(fault) ? (fault as readonly (Fault | null)[]) : [fault as Fault];
    const script: Script = { faults, match, toSkip: match.skip ?? 0, done: 0 };
    this.scripts.add(script);
    return () => this.scripts.delete(script);
  }

  /** Harms every matching request until called off. */
  always(fault: Fault, match: FaultMatch = {}): () => void {
    return this.next(fault, { ...match, times: Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.scripts.clear();
  }

  /** Whether any fault still waits: a test that scripted three and saw two has missed something. */
  get pending(): boolean {
    return this.scripts.size > 0;
  }

  take(subject: FaultSubject): Fault | null {
    for (const script of this.scripts) {
      if (!matches(script.match, subject)) continue;
      if (script.toSkip > 0) {
        script.toSkip -= 1;
        continue;
      }
      const fault = script.faults[script.done % script.faults.length] ?? null;
      script.done += 1;
      if (script.done >= script.faults.length * (script.match.times ?? 1)) this.scripts.delete(script);
      return fault;
    }
    return null;
  }
}

function matches(match: FaultMatch, { method, path, command }: FaultSubject): boolean {
  if ((match.command === undefined) !== (command === undefined)) return false;
  return (
    (match.method ?? method) === method &&
    (match.path?.test(path) ?? true) &&
    (command === undefined || (match.command?.test(command) ?? true))
  );
}
