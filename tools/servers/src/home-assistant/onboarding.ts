import { oneCommand } from './one-command';

const REQUEST_TIMEOUT_MS = 30_000;

/** Makes the owner of a new Home Assistant and returns a long-lived token of theirs. */
export async function onboard(url: string): Promise<string> {
  const clientId = `${url}/`;
  const { auth_code: code } = await post(`${url}/api/onboarding/users`, {
    type: 'application/json',
    body: JSON.stringify({
      client_id: clientId,
      name: 'Owner',
      username: 'owner',
      password: 'only-for-tests',
      language: 'en',
    }),
  });
  const { access_token: accessToken } = await post(`${url}/auth/token`, {
    type: 'application/x-www-form-urlencoded',
    body: String(
      new URLSearchParams({ grant_type: 'authorization_code', code: String(code), client_id: clientId }),
    ),
  });
  const token = await oneCommand(url, String(accessToken), {
    type: 'auth/long_lived_access_token',
    client_name: 'tests',
    lifespan: 3650,
  });
  return String(token);
}

async function post(
  url: string,
  { type, body }: { type: string; body: string },
): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}
