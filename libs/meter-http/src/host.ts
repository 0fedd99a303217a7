import { MeterError } from '@smart-meter/meter-adapter';

/**
 * An address of a device as a user writes it: a name, an IPv4 address, or an IPv6 address in brackets; with a port
 * where it is not 80.
 * @param setting the variable that it comes from, for the message
 * Throws `MeterError` `configuration` for anything else.
 */
export function checkedHost(host: string, setting: string): string {
  if (/^([\w.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i.test(host)) return host;
  throw new MeterError(
    'configuration',
    `${setting}: expected an address such as 192.0.2.10 or meter.local:8080, without http:// and without a path`,
  );
}
