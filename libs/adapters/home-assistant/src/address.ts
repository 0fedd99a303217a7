import { MeterError } from '@smart-meter/meter-adapter';

/** Where Home Assistant is asked. */
interface HomeAssistantAddress {
  /** Ends without a slash: `http://homeassistant.local:8123/api`. */
  restUrl: string;
  webSocketUrl: string;
}

/** Inside a Home Assistant app the Supervisor passes everything on. */
const SUPERVISOR_ADDRESS: HomeAssistantAddress = {
  restUrl: 'http://supervisor/core/api',
  webSocketUrl: 'ws://supervisor/core/websocket',
};

/**
 * The address from what a user types: with or without a slash at the end, a path before it, or `/api`.
 * Throws `MeterError` (`configuration`).
 */
function parseAddress(url: string): HomeAssistantAddress {
  const parsed = URL.parse(url.trim());
  if (!parsed || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw new MeterError(
      'configuration',
      'the URL of Home Assistant must be like http://homeassistant.local:8123',
    );
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new MeterError(
      'configuration',
      'the URL of Home Assistant must not hold a user name or a password',
    );
  }
  const path = parsed.pathname.replace(/\/+$/, '').replace(/\/api$/, '');
  const restUrl = `${parsed.protocol}//${parsed.host}${path}/api`;
  return { restUrl, webSocketUrl: `${restUrl.replace(/^http/, 'ws')}/websocket` };
}

/** How Home Assistant is reached: by address and token, or through the Supervisor. */
export interface HomeAssistantAccess {
  /** `http://homeassistant.local:8123`; not needed inside a Home Assistant app. */
  url?: string;
  /** A long-lived access token of any user; not needed inside a Home Assistant app. */
  token?: string;
  /** Inside a Home Assistant app: the token that the Supervisor gives it. */
  supervisor?: { token: string };
}

/** Throws `MeterError` (`configuration`) where address or token are missing or wrong. */
export function resolveAccess({
  url,
  token,
  supervisor,
}: HomeAssistantAccess): HomeAssistantAddress & { token: string } {
  if (supervisor) return { ...SUPERVISOR_ADDRESS, token: supervisor.token };
  if (!url) throw new MeterError('configuration', 'the URL of Home Assistant is missing');
  const givenToken = token?.trim();
  if (!givenToken) throw new MeterError('configuration', 'the access token for Home Assistant is missing');
  if (!/^[\x21-\x7e]+$/.test(givenToken)) {
    throw new MeterError(
      'configuration',
      'the access token for Home Assistant holds characters that no token has',
    );
  }
  return { ...parseAddress(url), token: givenToken };
}
