import { ApiError } from '../api/api-error';

/** Something is on its way. */
export function Loading({ what }: { what: string }) {
  return (
    <div class="state loading" role="status">
      <span class="visually-hidden">Loading {what}</span>
    </div>
  );
}

/** There is nothing yet: why, and what brings something. */
export function Empty({ title, hint }: { title: string; hint: string }) {
  return (
    <div class="state">
      <p class="state-title">{title}</p>
      <p>{hint}</p>
    </div>
  );
}

/** It could not be loaded: why, and the way to try again. */
export function Broken({ what, error, onRetry }: { what: string; error: ApiError; onRetry(): void }) {
  return (
    <div class="state broken" role="alert">
      <p class="state-title">{what} could not be loaded</p>
      <p>{error.message}</p>
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
