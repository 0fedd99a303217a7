import { isMeterError, MeterError, MeterErrorCode } from '@smart-meter/meter-adapter';

const METER_CODES: Readonly<Record<string, MeterErrorCode>> = {
  unknown_command: 'unsupported',
  not_supported: 'unsupported',
  not_found: 'unsupported',
  unauthorized: 'unsupported',
  not_allowed: 'unsupported',
  invalid_format: 'unsupported',
};

/** What Home Assistant answered to a command that it would not carry out. */
class CommandRefusal {
  constructor(readonly code: string) {}
}

/** A refused command as a `MeterError`; `refusalCode` gives Home Assistant's own code back. */
export function commandRefused(command: string, code: string, message: string): MeterError {
  return new MeterError(
    METER_CODES[code] ?? 'unavailable',
    `Home Assistant refused ${command}: ${message.slice(0, 200)} (${code})`,
    { cause: new CommandRefusal(code) },
  );
}

/** `unknown_command`, `not_found`, ...; undefined where the error is no refused command. */
export function refusalCode(error: unknown): string | undefined {
  return isMeterError(error) && error.cause instanceof CommandRefusal ? error.cause.code : undefined;
}
