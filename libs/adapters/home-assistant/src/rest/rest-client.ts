import { expectArray, expectObject, isMeterError, MeterError } from '@smart-meter/meter-adapter';
import { HttpClient, HttpResponse } from '@smart-meter/meter-http';
import { EntityState, parseEntityState, textAttribute } from '../entity-state/entity-state';

export interface RestClientOptions {
  /** Ends without a slash: `http://homeassistant.local:8123/api`. */
  restUrl: string;
  token: string;
  http: HttpClient;
}

export interface ParsedStates {
  states: EntityState[];
  /** Entities that could not be understood. */
  malformed: number;
}

export interface StatesAnswer extends ParsedStates {
  /** When Home Assistant answered. */
  answeredAt: Date;
}

export interface HomeAssistantConfig {
  version: string;
  /** `RUNNING`, or what it does before and after. */
  state: string;
  locationName: string;
  /** IANA name of its time zone. */
  timeZone: string | undefined;
  /** ISO 4217, as its owner has set it. */
  currency: string | undefined;
}

/**
 * Home Assistant's REST API. Once it has refused the token it is asked no more: each try counts towards a ban.
 * Errors beyond those of `HttpClient`: `configuration` where something else than Home Assistant answers,
 * `authentication` for a refused token, retryable where this address is banned.
 */
export class HomeAssistantRestClient {
  private refusal: MeterError | undefined;

  constructor(private readonly options: RestClientOptions) {}

  /** Every entity that the token may see, in one request. */
  async states(signal: AbortSignal): Promise<StatesAnswer> {
    const response = await this.get('/states', signal);
    return { ...parseStates(this.options.http.parseJson(response)), answeredAt: response.receivedAt };
  }

  /** undefined where there is none: some put a server before Home Assistant that passes on little more than states. */
  async configIfOffered(signal: AbortSignal): Promise<HomeAssistantConfig | undefined> {
    try {
      const response = await this.get('/config', signal);
      return parseConfig(this.options.http.parseJson(response));
    } catch (error) {
      if (isMeterError(error) && error.code === 'configuration') return undefined;
      throw error;
    }
  }

  /** Throws where anything but a Home Assistant that takes the token answers; asks even after a refusal. */
  async ping(signal: AbortSignal): Promise<void> {
    this.refusal = undefined;
    const response = await this.get('/', signal);
    let message: unknown;
    try {
      message = expectObject(this.options.http.parseJson(response), 'api')['message'];
    } catch (error) {
      throw notHomeAssistant('answers without the JSON that Home Assistant gives', error);
    }
    if (typeof message !== 'string') throw notHomeAssistant('answers, but not as Home Assistant does');
  }

  private async get(path: string, signal: AbortSignal): Promise<HttpResponse> {
    const { http, restUrl, token } = this.options;
    signal.throwIfAborted();
    if (this.refusal) throw this.refusal;
    const response = await http.exchange({
      url: `${restUrl}${path}`,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      signal,
    });
    if (response.status === 401) {
      this.refusal = new MeterError(
        'authentication',
        'Home Assistant refused the token (HTTP 401): create a long-lived access token in your profile there; it is not tried again',
      );
      throw this.refusal;
    }
    if (response.status === 403) {
      throw new MeterError(
        'authentication',
        'Home Assistant has banned this address (HTTP 403): remove it from ip_bans.yaml there and restart it',
        { retryable: true },
      );
    }
    if (response.status === 404 || response.status === 405) {
      throw notHomeAssistant(`knows no ${path === '/' ? '/api/' : `/api${path}`} (HTTP ${response.status})`);
    }
    try {
      http.expectSuccess(response);
    } catch (error) {
      if (response.status === 502 && isMeterError(error)) {
        throw new MeterError('unavailable', 'Home Assistant is not up behind its proxy (HTTP 502)', {
          cause: error,
        });
      }
      throw error;
    }
    return response;
  }
}

/** The answer of `/api/states` or `get_states`. Throws `MeterError` (`malformed_response`). */
export function parseStates(answer: unknown): ParsedStates {
  const items = expectArray(answer, 'states');
  const states: EntityState[] = [];
  for (const item of items) {
    const state = parseEntityState(item);
    if (state) states.push(state);
  }
  if (states.length === 0 && items.length > 0) {
    throw new MeterError('malformed_response', 'states: expected entities of Home Assistant, got none');
  }
  return { states, malformed: items.length - states.length };
}

/** The answer of `/api/config` or `get_config`. Throws `MeterError` (`malformed_response`). */
export function parseConfig(answer: unknown): HomeAssistantConfig {
  const config = expectObject(answer, 'config');
  return {
    version: textAttribute(config, 'version') ?? 'unknown',
    // Before 2021 there was no state.
    state: textAttribute(config, 'state') ?? 'RUNNING',
    locationName: textAttribute(config, 'location_name') ?? 'Home',
    timeZone: textAttribute(config, 'time_zone'),
    currency: textAttribute(config, 'currency'),
  };
}

/** Retryable: a Home Assistant that has just begun to start knows no paths either. */
function notHomeAssistant(how: string, cause?: unknown): MeterError {
  return new MeterError('configuration', `what is at the configured URL ${how}: is it Home Assistant?`, {
    cause,
    retryable: true,
  });
}
