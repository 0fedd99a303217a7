import { MeterError } from '@smart-meter/meter-adapter';

/** Where Home Assistant is asked. */
export interface HomeAssistantAddress {
  /** Ends without a slash: `http://homeassistant.local:8123/api`. */
  restUrl: string;
  webSocketUrl: string;
}

/** Inside a Home Assistant app the Supervisor passes everything on. */
export const SUPERVISOR_ADDRESS: HomeAssistantAddress = {
  restUrl: 'http://supervisor/core/api',
  webSocketUrl: 'ws://supervisor/core/websocket',
};

/**
 * The address from what a user types: with or without a slash at the end, a path before it, or `/api`.
 * Throws `MeterError` (`configuration`).
 */
export function parseAddress(url: string): HomeAssistantAddress {
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
