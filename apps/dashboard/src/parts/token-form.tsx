import { useState } from 'preact/hooks';
import { rememberToken } from '../state/token';

/** Asks for the API token that the service wants to see. */
export function TokenForm() {
  const [token, setToken] = useState('');
  const [remember, setRemember] = useState(false);
  return (
    <section class="card token-form" aria-labelledby="token-title">
      <h2 id="token-title">This service asks for its token</h2>
      <p>It is the value of API_TOKEN in the settings of smart-meter. It stays in this browser.</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim() !== '') rememberToken(token.trim(), remember);
        }}
      >
        <label>
          API token
          <input
            type="password"
            autocomplete="current-password"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={remember}
            onChange={(event) => setRemember(event.currentTarget.checked)}
          />
          Remember it on this device
        </label>
        <button type="submit" class="primary">
          Open
        </button>
      </form>
    </section>
  );
}
