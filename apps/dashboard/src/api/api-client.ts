import { ApiError, problemOf, toApiError } from './api-error';

const TIMEOUT_MS = 30_000;

export interface TokenSource {
  read(): string | null;
  /** Whether the service refused what `read` gives: it is not asked again before there is another. */
  isRefused(): boolean;
  onRefused(): void;
}

/** Calls the service that the page came from, under whatever path that was. */
export class ApiClient {
  constructor(private readonly tokens: TokenSource) {}

  /** Throws `ApiError`. */
  async json<Answer>(path: string, signal: AbortSignal, init: RequestInit = {}): Promise<Answer> {
    try {
      const response = await this.answer(
        path,
        AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        init,
      );
      return (await response.json()) as Answer;
    } catch (error) {
      throw toApiError(error);
    }
  }

  /** Throws `ApiError`. */
  async text(path: string, signal: AbortSignal): Promise<string> {
    try {
      const response = await this.answer(
        path,
        AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        {},
      );
      return await response.text();
    } catch (error) {
      throw toApiError(error);
    }
  }

  /** An answer that goes on; ends with the signal. Throws `ApiError`. */
  async stream(
    path: string,
    signal: AbortSignal,
    headers: Record<string, string>,
  ): Promise<ReadableStream<Uint8Array>> {
    const response = await this.answer(path, signal, { headers });
    if (!response.body) throw new ApiError('unreachable', 'The live stream is empty.');
    return response.body;
  }

  private async answer(path: string, signal: AbortSignal, init: RequestInit): Promise<Response> {
    if (this.tokens.isRefused()) throw new ApiError('unauthorized', 'The token is missing or wrong.', 401);
    const headers = new Headers(init.headers);
    const token = this.tokens.read();
    if (token !== null) headers.set('Authorization', `Bearer ${token}`);
    const response = await fetch(new URL(path, document.baseURI), {
      ...init,
      headers,
      signal,
      cache: 'no-store',
    });
    if (response.ok || isReport(path, response)) return response;
    if (response.status === 401) this.tokens.onRefused();
    throw await problemOf(response);
  }
}

/** An unhealthy service reports with status 503: that is an answer and not a failure. */
function isReport(path: string, response: Response): boolean {
  const isProblem = response.headers.get('content-type')?.includes('problem') === true;
  return path === './health' && response.status === 503 && !isProblem;
}
