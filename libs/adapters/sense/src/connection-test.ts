import { MeterError, MeterErrorCode, MeterReading } from '@smart-meter/meter-adapter';
import { SenseMonitor } from './monitor';

/** What the user can do, where the message itself does not say. */
const ADVICE: Readonly<Record<MeterErrorCode, string>> = {
  configuration: 'Correct the setting and try again.',
  authentication: 'Nothing is read until then.',
  rate_limited:
    'It goes on by itself after the wait; where this happens often, ask Sense less often: once a minute is what it bears.',
  unavailable:
    'See whether this machine reaches the internet and what https://status.sense.com says; readings go on by themselves.',
  malformed_response:
    'See whether a proxy or a login page answers instead of Sense; if not, Sense has changed its protocol and this software needs an update.',
  unsupported: 'Sense has changed its protocol: this software needs an update.',
};

export function failureSentence(error: MeterError): string {
  return `${capitalized(error.message)}. ${ADVICE[error.code]}`;
}

export function healthySentence(
  { id, name, timeZone, solarConfigured }: SenseMonitor,
  { totalPowerW, circuits }: MeterReading,
  firmwareVersion: string | null,
  usesRest: boolean,
): string {
  const power =
    totalPowerW === null || totalPowerW === undefined ? 'unknown' : `${Math.round(totalPowerW)} W`;
  const parts = [
    `firmware ${firmwareVersion ?? 'unknown'}`,
    timeZone ?? 'time zone unknown',
    solarConfigured ? 'with solar' : 'without solar',
    usesRest ? 'read by REST' : 'read by short connections to the live feed',
  ];
  return `Sense monitor ${name} (${id}; ${parts.join(', ')}): the home draws ${power}, ${circuits.length} devices known.`;
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
