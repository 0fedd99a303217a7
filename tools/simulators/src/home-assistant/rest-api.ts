import { jsonResponse, SimulatedRequest, SimulatedResponse, textResponse } from '../shared';
import { Access } from './access';
import { HistoryQuery, parseTime, restHistory, selectHistory } from './history';
import { Home } from './home';
import { stateJson } from './state-json';
import { Attributes } from './state-machine';
import { User } from './websocket-connection';

const DAY_MS = 86_400_000;
const SECURITY_HEADERS = {
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
};
const ENTITY_ID = /^(?!_)[\da-z_]+(?<!_)\.(?!_)[\da-z_]+(?<!_)$/;

const text = {
  unauthorized: textResponse('401: Unauthorized', 401),
  forbidden: textResponse('403: Forbidden', 403),
  notFound: textResponse('404: Not Found', 404),
  methodNotAllowed: textResponse('405: Method Not Allowed', 405),
  unavailable: textResponse('503: Service Unavailable', 503),
};

function message(words: string, status: number): SimulatedResponse {
  return jsonResponse({ message: words }, status);
}

function rawJson(
  body: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): SimulatedResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}

/** The REST interface. */
export class RestApi {
  constructor(
    private readonly home: Home,
    private readonly access: Access,
  ) {}

  answer(request: SimulatedRequest): SimulatedResponse {
    const response = this.route(request);
    return { ...response, headers: { ...SECURITY_HEADERS, ...response.headers } };
  }

  private route(request: SimulatedRequest): SimulatedResponse {
    if (this.access.isBanned) return text.forbidden;
    if (this.home.coreState === 'STOPPING') return text.unavailable;
    // The Supervisor's proxy has the same interface under another prefix.
    const path = request.path.replace(/^\/core\/api\//, '/api/');
    const known = /^\/api\/(|config|core\/state|states|states\/[^/]+|history\/period(\/[^/]+)?)$/.test(path);
    if (path === '/api/onboarding') return jsonResponse([{ step: 'user', done: true }]);
    if (!known) return text.notFound;
    const user = this.userOf(request);
    if (user === null) return text.unauthorized;
    if (path.startsWith('/api/states/'))
      return this.oneState(request, decodeURIComponent(path.slice(12)), user);
    if (request.method !== 'GET') return text.methodNotAllowed;
    switch (path) {
      case '/api/':
        return message('API running.', 200);
      case '/api/config':
        return jsonResponse(this.home.config());
      case '/api/core/state':
        return jsonResponse({
          state: this.home.coreState,
          recorder_state: { migration_in_progress: false, migration_is_live: false },
        });
      case '/api/states':
        return rawJson(`[${Array.from(this.home.states.all(), stateJson).join(',')}]`);
      default:
        return this.history(request, decodeURIComponent(path.slice('/api/history/period/'.length)));
    }
  }

  private userOf({ headers }: SimulatedRequest): User | null {
    const [scheme, token] = (headers.authorization ?? '').split(' ');
    if (scheme !== 'Bearer' || token === undefined) {
      this.access.countFailure();
      return null;
    }
    return this.access.authenticate(token);
  }

  private oneState(request: SimulatedRequest, entityId: string, user: User): SimulatedResponse {
    switch (request.method) {
      case 'GET': {
        const state = this.home.states.get(entityId);
        return state === undefined
          ? message('Entity not found.', 404)
          : { ...rawJson(stateJson(state)), compress: false };
      }
      case 'POST':
        return user.isAdmin ? this.writeState(request, entityId, user) : text.unauthorized;
      case 'DELETE':
        if (!user.isAdmin) return text.unauthorized;
        return this.home.states.remove(entityId)
          ? message('Entity removed.', 200)
          : message('Entity not found.', 404);
      default:
        return text.methodNotAllowed;
    }
  }

  private writeState({ body }: SimulatedRequest, entityId: string, user: User): SimulatedResponse {
    let given: Record<string, unknown>;
    try {
      given = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    } catch {
      return message('Invalid JSON specified.', 400);
    }
    if (given['state'] === undefined || given['state'] === null) return message('No state specified.', 400);
    if (!ENTITY_ID.test(entityId)) return message('Invalid entity ID specified.', 400);
    const isNew = this.home.states.get(entityId) === undefined;
    const attributes = (given['attributes'] ?? {}) as Attributes;
    const options = { force: given['force_update'] === true, userId: user.id };
    const state = this.home.states.set(entityId, String(given['state']), attributes, options);
    return rawJson(stateJson(state), isNew ? 201 : 200, { location: `/api/states/${entityId}` });
  }

  private history({ query }: SimulatedRequest, startText: string): SimulatedResponse {
    const { timeZone } = this.home.options;
    const nowMs = this.home.nowMs();
    const startMs = startText === '' ? nowMs - DAY_MS : parseTime(startText, timeZone);
    if (startMs === null) return message('Invalid datetime', 400);
    const filter = query.get('filter_entity_id') ?? '';
    if (filter === '') return message('filter_entity_id is missing', 400);
    const entityIds = filter.toLowerCase().split(',');
    if (!entityIds.every((entityId) => ENTITY_ID.test(entityId)))
      return message('Invalid filter_entity_id', 400);
    if (startMs > nowMs) return jsonResponse([]);
    const endText = query.get('end_time');
    const endMs = endText === null ? startMs + DAY_MS : parseTime(endText, timeZone);
    if (endMs === null) return message('Invalid end_time', 400);
    const historyQuery: HistoryQuery = {
      entityIds,
      startMs,
      endMs,
      includeStartState: !query.has('skip_initial_state'),
      significantChangesOnly: query.get('significant_changes_only') !== '0',
      minimalResponse: query.has('minimal_response'),
      noAttributes: query.has('no_attributes'),
    };
    const histories = entityIds.map((entityId) =>
      restHistory(entityId, selectHistory(this.home.recorder, entityId, historyQuery), historyQuery),
    );
    return jsonResponse(histories.filter((rows) => rows.length > 0));
  }
}
