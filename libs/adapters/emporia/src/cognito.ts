import { Clock, isJsonObject, JsonObject, MeterError, parseRetryAfterMs } from '@smart-meter/meter-adapter';
import { HttpClient, HttpResponse } from '@smart-meter/meter-http';
import { COGNITO_CLIENT_ID } from './options';

/** What a log-in or a refresh yields. */
export interface IssuedTokens {
  idToken: string;
  expiresInS: number;
  /** Absent after most refreshes: the old one stays valid. */
  refreshToken?: string;
}

const DEFAULT_LIFETIME_S = 3600;

const USE_THE_APP = 'Use the e-mail address and password of the Emporia app.';
const PASTE_TOKENS =
  'An account that signs in with Google or Apple has no password: give a refresh token of a signed-in session instead, ' +
  'or make a second account with a password and share the monitor with it.';

/** The log-in service of Emporia, AWS Cognito. Every error is a `MeterError` without a secret. */
export class CognitoClient {
  constructor(
    private readonly http: HttpClient,
    private readonly url: string,
    private readonly clock: Clock,
  ) {}

  logIn(username: string, password: string, signal: AbortSignal): Promise<IssuedTokens> {
    const parameters = { USERNAME: username.trim().toLowerCase(), PASSWORD: password };
    return this.initiateAuth('USER_PASSWORD_AUTH', parameters, signal);
  }

  refresh(refreshToken: string, signal: AbortSignal): Promise<IssuedTokens> {
    return this.initiateAuth('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: refreshToken }, signal);
  }

  private async initiateAuth(
    flow: 'USER_PASSWORD_AUTH' | 'REFRESH_TOKEN_AUTH',
    parameters: JsonObject,
    signal: AbortSignal,
  ): Promise<IssuedTokens> {
    const response = await this.http.exchange({
      url: this.url,
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
      },
      body: JSON.stringify({ AuthFlow: flow, ClientId: COGNITO_CLIENT_ID, AuthParameters: parameters }),
      signal,
    });
    const body = parseBody(response);
    if (response.status !== 200) {
      const retryAfterMs = parseRetryAfterMs(response.headers['retry-after'], this.clock.now());
      throw refusal(response.status, body, flow, retryAfterMs);
    }
    return readTokens(body);
  }
}

/** The body as an object; null where it is none. The parser's own words may quote a token, so they are dropped. */
function parseBody(response: HttpResponse): JsonObject | null {
  try {
    const value: unknown = JSON.parse(response.body.toString('utf8'));
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

function readTokens(body: JsonObject | null): IssuedTokens {
  if (typeof body?.['ChallengeName'] === 'string') {
    throw new MeterError(
      'unsupported',
      `Emporia's log-in asks for a further step (${body['ChallengeName'].slice(0, 40)}) that cannot be taken here. ${PASTE_TOKENS}`,
    );
  }
  const result = body?.['AuthenticationResult'];
  if (!isJsonObject(result) || typeof result['IdToken'] !== 'string' || result['IdToken'] === '') {
    throw new MeterError('malformed_response', "Emporia's log-in answered without an IdToken");
  }
  const { IdToken: idToken, ExpiresIn: expiresIn, RefreshToken: refreshToken } = result;
  return {
    idToken,
    expiresInS: typeof expiresIn === 'number' && expiresIn > 0 ? expiresIn : DEFAULT_LIFETIME_S,
    ...(typeof refreshToken === 'string' && refreshToken !== '' ? { refreshToken } : {}),
  };
}

function refusal(
  status: number,
  body: JsonObject | null,
  flow: 'USER_PASSWORD_AUTH' | 'REFRESH_TOKEN_AUTH',
  retryAfterMs: number | undefined,
): MeterError {
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
  const type = typeof body?.['__type'] === 'string' ? body['__type'] : '';
  // The type can come with a namespace: com.amazonaws...#NotAuthorizedException.
  switch (type.slice(type.lastIndexOf('#') + 1)) {
    case 'NotAuthorizedException':
      return flow === 'USER_PASSWORD_AUTH'
        ? new MeterError(
            'authentication',
            `Emporia refuses the e-mail address or the password. ${USE_THE_APP}`,
          )
        : new MeterError(
            'authentication',
            'Emporia no longer accepts the refresh token: sign in again and give a new one.',
          );
    case 'UserNotFoundException':
      return new MeterError(
        'authentication',
        `Emporia knows no such e-mail address with a password. ${USE_THE_APP} ${PASTE_TOKENS}`,
      );
    case 'PasswordResetRequiredException':
      return new MeterError(
        'authentication',
        'Emporia wants a new password: reset it in the Emporia app, then give the new one here.',
      );
    case 'UserNotConfirmedException':
      return new MeterError(
        'authentication',
        'The Emporia account is not confirmed: follow the link in the e-mail from Emporia first.',
      );
    case 'TooManyRequestsException':
    case 'LimitExceededException':
      return new MeterError(
        'rate_limited',
        "Emporia's log-in asks for fewer attempts: it is tried again later.",
        retry,
      );
    case 'InvalidParameterException':
    case 'ResourceNotFoundException':
      return new MeterError(
        'unsupported',
        `Emporia's log-in no longer takes a password from other programs (${flow}). ${PASTE_TOKENS}`,
      );
    default:
      // A failing trigger of Emporia's own (UserLambdaValidationException) says nothing about the password.
      return status === 429
        ? new MeterError(
            'rate_limited',
            "Emporia's log-in asks for fewer attempts: it is tried again later.",
            retry,
          )
        : new MeterError(
            'unavailable',
            `Emporia's log-in service fails (HTTP ${status}): it is tried again, the password is not in doubt.`,
            retry,
          );
  }
}
