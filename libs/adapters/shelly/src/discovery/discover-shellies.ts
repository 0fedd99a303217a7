import { setTimeout as sleep } from 'node:timers/promises';
import { MeterError, toMeterError } from '@smart-meter/meter-adapter';
import { Bonjour, Service } from 'bonjour-service';

/** A device as it announces itself. */
export interface FoundShelly {
  /** `shellypro3em-aabbccddeeff`. */
  name: string;
  /** What to put into SHELLY_HOSTS. */
  host: string;
  /** 1 for the first; null where it does not say. */
  generation: number | null;
  /** `Pro3EM`; null where it does not say. */
  app: string | null;
}

/** What is needed of an mDNS browser; a test brings its own. */
export interface ServiceBrowser {
  /** Tells every service of a type until `end`. */
  browse(type: string, onFound: (service: AnnouncedService) => void): void;
  end(): void;
}

export type AnnouncedService = Pick<Service, 'name' | 'port'> & {
  addresses?: readonly string[];
  txt?: unknown;
};

/** All generations announce themselves as web servers, later ones also by the second name. */
const SERVICE_TYPES = ['http', 'shelly'];

/**
 * Listens for Shelly devices on the local network, by mDNS: it reaches no further than the network itself.
 * Throws `MeterError` `unavailable` where the network cannot be listened to; the signal's reason when it aborts.
 */
export async function discoverShellies(
  signal: AbortSignal,
  timeoutMs: number,
  makeBrowser: (onError: (error: unknown) => void) => ServiceBrowser = bonjourBrowser,
): Promise<FoundShelly[]> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const browser = makeBrowser((error) => stop.abort(toMeterError(error, 'listening for mDNS')));
  const found = new Map<string, FoundShelly>();
  try {
    for (const type of SERVICE_TYPES) {
      browser.browse(type, (service) => {
        const shelly = asShelly(service);
        if (shelly) found.set(shelly.name, { ...found.get(shelly.name), ...shelly });
      });
    }
    await sleep(timeoutMs, undefined, { signal: AbortSignal.any([signal, stop.signal]) }).catch(() => {
      signal.throwIfAborted();
      throw stop.signal.reason;
    });
  } finally {
    browser.end();
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}

function asShelly({ name, port, addresses = [], txt }: AnnouncedService): FoundShelly | null {
  if (!/^shelly/i.test(name)) return null;
  const address = addresses.find((candidate) => /^\d+(\.\d+){3}$/.test(candidate)) ?? addresses[0];
  if (address === undefined) return null;
  const bare = address.includes(':') ? `[${address}]` : address;
  const fields = typeof txt === 'object' && txt !== null ? (txt as Readonly<Record<string, unknown>>) : {};
  const generation = Number(fields['gen'] ?? 1);
  const { app } = fields;
  return {
    name: name.toLowerCase(),
    host: port === 80 ? bare : `${bare}:${port}`,
    generation: Number.isInteger(generation) ? generation : null,
    app: typeof app === 'string' ? app : null,
  };
}

function bonjourBrowser(onError: (error: unknown) => void): ServiceBrowser {
  let bonjour: Bonjour;
  try {
    bonjour = new Bonjour({}, onError);
  } catch (error) {
    throw new MeterError('unavailable', 'the local network cannot be listened to by mDNS', { cause: error });
  }
  return {
    browse: (type, onFound) => void bonjour.find({ type }, onFound),
    end: () => bonjour.destroy(),
  };
}
