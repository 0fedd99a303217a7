import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerKind, ServerUnavailableError } from '../shared/availability';
import { dataFolder } from '../shared/data-folder';
import { findFreePort, ServerProcess } from '../shared/server-process';
import { configurationYaml } from './configuration';
import { installHomeAssistant } from './installation';
import { onboard } from './onboarding';
import { oneCommand } from './one-command';
import { RecordedState, readRecordedStates } from './recorder-database';

const REQUEST_TIMEOUT_MS = 30_000;
const RUNNING_POLL_MS = 50;
const RUNNING_TIMEOUT_MS = 60_000;

/** Home Assistant from PyPI: the newest that runs on a Python of this machine. */
export const HOME_ASSISTANT: ServerKind = {
  name: 'Home Assistant',
  availability: () => {
    const installed = installHomeAssistant();
    return 'refusal' in installed ? { available: false, reason: installed.refusal } : { available: true };
  },
};

export interface HomeAssistantOptions {
  /** Default: a free one. */
  port?: number;
  /** YAML that is added to the configuration; top-level keys other than the default ones. */
  extraConfiguration?: string;
}

/** A state as its REST interface shows it. */
export interface HomeAssistantState {
  entity_id: string;
  state: string;
  attributes: Record<string, unknown>;
  last_changed: string;
  last_updated: string;
  last_reported?: string;
}

/**
 * Starts a new Home Assistant with an owner, and waits until it runs.
 * The first start on a machine installs it, which takes about a minute.
 * Throws `ServerUnavailableError` where it cannot be had.
 */
export async function startHomeAssistant(options: HomeAssistantOptions = {}): Promise<HomeAssistantServer> {
  const installed = installHomeAssistant();
  if ('refusal' in installed) throw new ServerUnavailableError(HOME_ASSISTANT.name, installed.refusal);
  const data = dataFolder(undefined, 'home-assistant');
  const port = options.port ?? (await findFreePort());
  writeFileSync(
    join(data.path, 'configuration.yaml'),
    configurationYaml(port, options.extraConfiguration ?? ''),
  );
  const url = `http://127.0.0.1:${port}`;
  const hass = new ServerProcess({
    name: `Home Assistant ${installed.version}`,
    program: installed.python,
    args: ['-m', 'homeassistant', '-c', data.path, '--skip-pip'],
    isReady: async () => (await fetch(`${url}/api/onboarding`, { signal: AbortSignal.timeout(2_000) })).ok,
  });
  try {
    await hass.start();
    const token = await onboard(url);
    const server = new HomeAssistantServer(hass, url, token, installed.version, data);
    await server.isRunning();
    return server;
  } catch (error) {
    await hass.kill9();
    data.remove();
    throw error;
  }
}

/** A running Home Assistant, with the token of its owner (an administrator). */
export class HomeAssistantServer {
  readonly configDir: string;
  /** SQLite. */
  readonly recorderDatabase: string;

  constructor(
    private readonly hass: ServerProcess,
    readonly url: string,
    readonly token: string,
    readonly version: string,
    private readonly data: { path: string; remove(): void },
  ) {
    this.configDir = data.path;
    this.recorderDatabase = join(data.path, 'home-assistant_v2.db');
  }

  /** Sets or creates a state, of any entity: it is seen, pushed and recorded like that of a device. */
  async setState(
    entityId: string,
    state: string,
    attributes: Record<string, unknown> = {},
  ): Promise<HomeAssistantState> {
    return (await this.request('POST', `/api/states/${entityId}`, {
      state,
      attributes,
    })) as HomeAssistantState;
  }

  async removeState(entityId: string): Promise<void> {
    await this.request('DELETE', `/api/states/${entityId}`);
  }

  async states(): Promise<HomeAssistantState[]> {
    return (await this.request('GET', '/api/states')) as HomeAssistantState[];
  }

  async callService(domain: string, service: string, data: Record<string, unknown> = {}): Promise<void> {
    await this.request('POST', `/api/services/${domain}/${service}`, data);
  }

  /** One WebSocket command on a connection of its own: `config/entity_registry/update`, `energy/save_prefs`, ... */
  command(type: string, payload: Record<string, unknown> = {}): Promise<unknown> {
    return oneCommand(this.url, this.token, { type, ...payload });
  }

  /** Every state that the recorder has on disk, oldest first; up to a second behind. */
  recordedStates(): RecordedState[] {
    return readRecordedStates(this.recorderDatabase);
  }

  /** Ends it in good order where it still runs, and starts it on the same port and data. */
  async restart(): Promise<void> {
    await this.hass.stop();
    await this.hass.start();
    await this.isRunning();
  }

  /** What a power cut does to it. */
  kill9(): Promise<void> {
    return this.hass.kill9();
  }

  /** It goes on listening and answers nothing. */
  suspend(): void {
    this.hass.suspend();
  }

  resume(): void {
    this.hass.resume();
  }

  /** In good order: the recorder writes what it has. The data stays until this process ends. */
  async shutDown(): Promise<void> {
    await this.hass.stop();
  }

  /** Ends it and deletes its data. */
  async stop(): Promise<void> {
    await this.hass.kill9();
    this.data.remove();
  }

  /** It answers a second before all integrations are up. */
  async isRunning(): Promise<void> {
    const deadline = performance.now() + RUNNING_TIMEOUT_MS;
    for (;;) {
      const { state } = (await this.request('GET', '/api/config')) as { state: string };
      if (state === 'RUNNING') return;
      if (performance.now() > deadline) throw new Error(`Home Assistant is still ${state}`);
      await sleep(RUNNING_POLL_MS);
    }
  }

  private async request(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
    return JSON.parse(text) as unknown;
  }
}
