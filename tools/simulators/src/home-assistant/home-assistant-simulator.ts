import { setImmediate } from 'node:timers/promises';
import { Household } from '@smart-meter/household';
import { Counters, FaultScript, SimulatorClock, SimulatorServer } from '../shared';
import { Access } from './access';
import { GridShape } from './energy-preferences';
import { CoreState, EnergyPreferences, Home } from './home';
import { HouseholdDriver, HouseholdDriverOptions, LONGEST_LEAP_MS } from './household-driver';
import { preferencesOf } from './household-entities';
import { RecorderOptions } from './recorder';
import { EntryDetails } from './registry';
import { RestApi } from './rest-api';
import { Attributes, EntityState, WriteOptions } from './state-machine';
import { WEBSOCKET_PATH, WebSocketApi } from './websocket-api';

export interface HomeAssistantSimulatorOptions extends HouseholdDriverOptions {
  /** Drives the entities; without it there are only those that the caller sets. */
  readonly household?: Household;
  /** Default the real clock. */
  readonly clock?: SimulatorClock;
  /** 0 (default) takes any free port. */
  readonly port?: number;
  readonly host?: string;
  /** Default `simulator-token`, of an administrator. */
  readonly token?: string;
  /** Default 2026.11.0. */
  readonly version?: string;
  /** Shape of the grid in the household's preferences, default by the version: flat from 2026.3 on. */
  readonly gridShape?: GridShape;
  /** Default the household's, else Europe/Berlin. */
  readonly timeZone?: string;
  readonly currency?: string;
  readonly recorder?: RecorderOptions;
  /** Past that the recorder already knows at the start, lived by the household; default none. */
  readonly historyDays?: number;
  /** Whether the household follows the clock by itself, default true; else `advanceTo` moves it. */
  readonly followClock?: boolean;
  readonly loginAttemptsThreshold?: number;
  readonly heartbeatMs?: number;
  readonly compressWebSocket?: boolean;
}

/** An entity that a test sets up. */
export interface ScriptedEntity {
  readonly entityId: string;
  readonly state: string;
  readonly attributes?: Attributes;
  /** Details of its registry entry; false for an entity that has none. */
  readonly registry?: EntryDetails | false;
}

const DAY_MS = 86_400_000;
const TICK_MS = 100;
const BREATH_MS = 60_000;

/** A Home Assistant to talk to over HTTP and WebSocket, driven by a household or by a test. */
export class HomeAssistantSimulator {
  readonly home: Home;
  readonly access: Access;
  readonly token: string;
  private readonly driver: HouseholdDriver | null;
  private timer: NodeJS.Timeout | null = null;

  private constructor(
    private readonly options: HomeAssistantSimulatorOptions,
    home: Home,
    access: Access,
    readonly webSocketApi: WebSocketApi,
    private readonly server: SimulatorServer,
  ) {
    this.home = home;
    this.access = access;
    this.token = options.token ?? 'simulator-token';
    access.addToken(this.token, { id: '1f0d34a1c6b04d02a6a51f9b4e2f8e11', name: 'Simulator', isAdmin: true });
    this.driver = this.createDriver();
  }

  static async start(options: HomeAssistantSimulatorOptions = {}): Promise<HomeAssistantSimulator> {
    const { loginAttemptsThreshold, heartbeatMs, compressWebSocket, port, host, recorder } = options;
    const home = new Home({
      clock: options.clock ?? { now: () => new Date() },
      version: options.version ?? '2026.11.0',
      timeZone: options.timeZone ?? options.household?.timeZone ?? 'Europe/Berlin',
      currency: options.currency ?? 'EUR',
      ...(recorder === undefined ? {} : { recorder }),
    });
    const access = new Access(loginAttemptsThreshold === undefined ? {} : { loginAttemptsThreshold });
    const rest = new RestApi(home, access);
    const webSocketApi = new WebSocketApi(home, access, {
      ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
      ...(compressWebSocket === undefined ? {} : { compress: compressWebSocket }),
      takeFault: (command) => server.faults.take({ method: 'GET', path: WEBSOCKET_PATH, command }),
      countCommand: (type) => server.counters.countRequest(type),
    });
    const server: SimulatorServer = await SimulatorServer.start({
      handle: (request) => rest.answer(request),
      upgrade: (request, socket, head) => webSocketApi.upgrade(request, socket, head),
      compress: true,
      ...(port === undefined ? {} : { port }),
      ...(host === undefined ? {} : { host }),
    });
    const simulator = new HomeAssistantSimulator(options, home, access, webSocketApi, server);
    if (options.followClock ?? true) simulator.followClock();
    return simulator;
  }

  /** For example `http://127.0.0.1:41234`. */
  get url(): string {
    return this.server.url;
  }

  get webSocketUrl(): string {
    return `${this.url.replace('http', 'ws')}${WEBSOCKET_PATH}`;
  }

  get faults(): FaultScript {
    return this.server.faults;
  }

  /** HTTP requests count as `GET /api/states`, WebSocket commands under their type. */
  get counters(): Counters {
    return this.server.counters;
  }

  /** Attributes left out stay as they are. */
  setState(entityId: string, state: string, attributes?: Attributes, options?: WriteOptions): EntityState {
    return this.home.states.set(entityId, state, attributes, options);
  }

  setEntities(entities: readonly ScriptedEntity[]): void {
    for (const { entityId, state, attributes, registry } of entities) {
      if (registry !== false) {
        const name = attributes?.['friendly_name'];
        const details = typeof name === 'string' ? { original_name: name } : {};
        this.home.registry.register(entityId, { ...details, ...registry });
      }
      this.home.states.set(entityId, state, attributes);
    }
  }

  /** The entities stay unavailable, whatever the household does, until `makeAvailable`. */
  makeUnavailable(...entityIds: readonly string[]): void {
    for (const entityId of entityIds) {
      this.home.hold(entityId);
      this.home.states.set(entityId, 'unavailable');
    }
  }

  /** The household goes on with them at its next value. */
  makeAvailable(...entityIds: readonly string[]): void {
    for (const entityId of entityIds) this.home.release(entityId);
  }

  rename(entityId: string, newEntityId: string): void {
    this.home.rename(entityId, newEntityId);
  }

  remove(entityId: string): void {
    this.home.remove(entityId);
  }

  setEnergyPreferences(preferences: EnergyPreferences): void {
    this.home.energyPreferences = preferences;
  }

  setCoreState(state: CoreState): void {
    this.home.coreState = state;
  }

  /**
   * Lets the household live until then, as fast as it goes. It takes a breath every simulated minute, so that clients
   * get what happens in pieces and not as one burst that overflows their queue.
   */
  async advanceTo(at: Date): Promise<void> {
    const driver = this.driver;
    if (driver !== null) {
      for (let nextMs = driver.doneUntil.getTime() + BREATH_MS; nextMs < at.getTime(); nextMs += BREATH_MS) {
        if (at.getTime() - nextMs > LONGEST_LEAP_MS) break;
        driver.advanceTo(new Date(nextMs));
        await setImmediate();
      }
      driver.advanceTo(at);
    }
    this.home.statistics.compileUntil(at.getTime());
  }

  /** Ends the token and every connection that was opened with it. */
  revokeToken(token: string = this.token): void {
    this.access.revokeToken(token);
    this.webSocketApi.disconnect(token);
  }

  /** Sends every WebSocket client a frame as it is: a lie, half a message, anything. */
  sendRawFrame(text: string): void {
    for (const connection of this.webSocketApi.connections) connection.sendRaw(text);
  }

  refuseConnections(): Promise<void> {
    return this.server.refuseConnections();
  }

  acceptConnections(): Promise<void> {
    return this.server.acceptConnections();
  }

  dropConnections(): void {
    this.server.dropConnections();
  }

  freezeConnections(): void {
    this.server.freezeConnections();
  }

  /** As when Home Assistant shuts down: nobody answers, nothing is recorded, the household lives on unseen. */
  async shutDown(): Promise<void> {
    this.driver?.setPaused(true);
    this.home.recorder.setRecording(false);
    await this.refuseConnections();
  }

  /** As when it starts: registered entities are unavailable and restored at first, then they come back. */
  async startUp(): Promise<void> {
    this.home.recorder.setRecording(true);
    for (const { entity_id: entityId } of this.home.registry.entities) {
      const before = this.home.states.get(entityId);
      if (before === undefined) continue;
      this.home.states.set(entityId, 'unavailable', { ...before.attributes.values, restored: true });
    }
    await this.acceptConnections();
    this.driver?.setPaused(false);
  }

  async close(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    await this.server.close();
  }

  private createDriver(): HouseholdDriver | null {
    const { household, historyDays = 0 } = this.options;
    if (household === undefined) return null;
    const now = this.home.clock.now();
    const startAt = new Date(now.getTime() - historyDays * DAY_MS);
    const driver = new HouseholdDriver(household, this.home, { startAt, ...this.options });
    for (let atMs = startAt.getTime() + DAY_MS; atMs < now.getTime(); atMs += DAY_MS)
      driver.advanceTo(new Date(atMs));
    driver.advanceTo(now);
    this.home.energyPreferences = preferencesOf(household, this.gridShape(), this.options);
    return driver;
  }

  private gridShape(): GridShape {
    const [year = 0, month = 0] = this.home.options.version.split('.').map(Number);
    return this.options.gridShape ?? (year * 12 + month >= 2026 * 12 + 3 ? 'flat' : 'legacy');
  }

  private followClock(): void {
    let isAdvancing = false;
    this.timer = setInterval(() => {
      if (isAdvancing) return;
      isAdvancing = true;
      void this.advanceTo(this.home.clock.now()).finally(() => (isAdvancing = false));
    }, TICK_MS);
    this.timer.unref();
  }
}
