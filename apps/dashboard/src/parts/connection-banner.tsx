import { nowMs } from '../state/clock';
import { connection, reconnectNow } from '../state/live';
import { tokenWanted } from '../state/token';

/** Says that the service is away, and when it is tried again. */
export function ConnectionBanner() {
  const { value } = connection;
  if (value.state !== 'waiting' || tokenWanted.value) return null;
  const seconds = Math.max(0, Math.ceil((value.retryAtMs - nowMs.value) / 1000));
  return (
    <div class="notice notice-error connection-banner" role="alert">
      <span class="notice-sign" aria-hidden="true">
        ×
      </span>
      <p>
        <strong>{value.error.message}</strong> What you see is what was known last. Is the service running,
        and this device on its network?
      </p>
      <button type="button" onClick={reconnectNow}>
        Try now <span aria-hidden="true">({seconds} s)</span>
      </button>
    </div>
  );
}
