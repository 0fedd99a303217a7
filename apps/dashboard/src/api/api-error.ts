/** A request that failed: `code` is the service's own, or `unreachable` where none answered. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 0,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof SyntaxError) return new ApiError('unexpected', 'The answer cannot be read.');
  const timedOut = error instanceof DOMException && error.name === 'TimeoutError';
  return new ApiError(
    'unreachable',
    timedOut ? 'smart-meter did not answer in time.' : 'smart-meter does not answer.',
  );
}

/** The service's own words where it sent a problem, else what its status says. */
export async function problemOf(response: Response): Promise<ApiError> {
  const text = await response.text();
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    if (typeof code === 'string' && typeof detail === 'string')
      return new ApiError(code, detail, response.status);
  } catch {
    // A proxy in between answers in HTML: its status is all that can be told.
  }
  return new ApiError('error', `The request failed with status ${response.status}.`, response.status);
}
