import { createSign, generateKeyPairSync, KeyObject, randomBytes } from 'node:crypto';
import { jsonResponse, SimulatedRequest, SimulatedResponse, SimulatorClock } from '../shared';
import { challenge, SrpChallenge } from './srp';

const POOL_ID = 'us-east-2_ghlOXVLi1';
const POOL_NAME = 'ghlOXVLi1';
const CLIENT_ID = '4qte47jbstod8apnfic0bunmrq';
const KEY_ID = 'simulated-key';
const ID_TOKEN_LIFETIME_S = 3600;

export interface PoolUser {
  readonly email: string;
  /** null for a user of Google or Apple, who has none here. */
  readonly password: string | null;
}

interface IssuedToken {
  readonly email: string;
  readonly expiresAtMs: number;
}

/** The AWS Cognito user pool: log-in by password or SRP, refresh, token keys. */
export class UserPool {
  /** Refresh tokens are replaced when used, as a pool with rotation does; Emporia's does not. */
  rotateRefreshTokens = false;
  /** Every log-in is answered with this further step. */
  challengeName: string | null = null;
  private readonly idTokens = new Map<string, IssuedToken>();
  private readonly accessTokens = new Map<string, IssuedToken>();
  private readonly refreshTokens = new Map<string, string>();
  private readonly challenges = new Map<string, { email: string; srp: SrpChallenge }>();
  /** Log-ins with a password, right or wrong. */
  passwordLogIns = 0;

  constructor(
    private readonly users: readonly PoolUser[],
    private readonly clock: SimulatorClock,
    private readonly issuer: () => string,
  ) {}

  /** The user whose id token this is, as long as it is valid. */
  authorise(idToken: string | undefined): string | null {
    const token = this.idTokens.get(idToken ?? '');
    return token && token.expiresAtMs > this.clock.now().getTime() ? token.email : null;
  }

  /** As if an hour had passed. */
  expireIdTokens(): void {
    this.idTokens.clear();
  }

  /** As when the owner signs out everywhere. */
  revokeRefreshTokens(): void {
    this.refreshTokens.clear();
  }

  /** Tokens as a browser session would have them, for users who paste them. */
  issueTokens(email: string): { idToken: string; accessToken: string; refreshToken: string } {
    const refreshToken = this.issueRefreshToken(email);
    const { idToken, accessToken } = this.issueShortLived(email);
    return { idToken, accessToken, refreshToken };
  }

  /** Whether this refresh token is still worth something. */
  knowsRefreshToken(refreshToken: string): boolean {
    return this.refreshTokens.has(refreshToken);
  }

  handle({ headers, body }: SimulatedRequest): SimulatedResponse {
    const action = String(headers['x-amz-target']).split('.')[1];
    const request = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    if (action === 'GetUser') return this.getUser(String(request['AccessToken']));
    if (request['ClientId'] !== CLIENT_ID)
      return refusal('ResourceNotFoundException', 'User pool client does not exist.');
    if (action === 'InitiateAuth') return this.initiateAuth(request);
    if (action === 'RespondToAuthChallenge') return this.answerChallenge(request);
    return refusal('UnknownOperationException', '');
  }

  publicKeys(): SimulatedResponse {
    const jwk = keyPair().publicKey.export({ format: 'jwk' });
    return jsonResponse({ keys: [{ ...jwk, kid: KEY_ID, alg: 'RS256', use: 'sig' }] });
  }

  private initiateAuth(request: Record<string, unknown>): SimulatedResponse {
    const parameters = (request['AuthParameters'] ?? {}) as Record<string, string>;
    switch (request['AuthFlow']) {
      case 'USER_PASSWORD_AUTH':
        return this.logIn(parameters);
      case 'USER_SRP_AUTH':
        return this.startSrp(parameters);
      case 'REFRESH_TOKEN_AUTH':
      case 'REFRESH_TOKEN':
        return this.refresh(parameters);
      default:
        return refusal('InvalidParameterException', 'Initiate Auth method not supported.');
    }
  }

  private logIn({ USERNAME: email, PASSWORD: password }: Record<string, string>): SimulatedResponse {
    this.passwordLogIns += 1;
    const user = this.users.find((candidate) => candidate.email === email);
    if (!user || user.password === null) return refusal('UserNotFoundException', 'User does not exist.');
    if (user.password !== password)
      return refusal('NotAuthorizedException', 'Incorrect username or password.');
    if (this.challengeName !== null) {
      return jsonResponse({ ChallengeName: this.challengeName, ChallengeParameters: {}, Session: 'session' });
    }
    return this.granted(user.email, this.issueRefreshToken(user.email));
  }

  private startSrp({ USERNAME: email, SRP_A: clientPublic }: Record<string, string>): SimulatedResponse {
    const user = this.users.find((candidate) => candidate.email === email);
    if (!user || user.password === null) return refusal('UserNotFoundException', 'User does not exist.');
    const srp = challenge(POOL_NAME, user.email, user.password, clientPublic ?? '0');
    this.challenges.set(srp.secretBlock, { email: user.email, srp });
    return jsonResponse({
      ChallengeName: 'PASSWORD_VERIFIER',
      ChallengeParameters: {
        SALT: srp.saltHex,
        SECRET_BLOCK: srp.secretBlock,
        SRP_B: srp.serverPublicHex,
        USERNAME: user.email,
        USER_ID_FOR_SRP: user.email,
      },
    });
  }

  private answerChallenge(request: Record<string, unknown>): SimulatedResponse {
    const responses = (request['ChallengeResponses'] ?? {}) as Record<string, string>;
    const started = this.challenges.get(responses['PASSWORD_CLAIM_SECRET_BLOCK'] ?? '');
    const { TIMESTAMP: timestamp = '', PASSWORD_CLAIM_SIGNATURE: signature = '' } = responses;
    if (!started?.srp.accepts(timestamp, signature)) {
      return refusal('NotAuthorizedException', 'Incorrect username or password.');
    }
    return this.granted(started.email, this.issueRefreshToken(started.email));
  }

  private refresh({ REFRESH_TOKEN: refreshToken = '' }: Record<string, string>): SimulatedResponse {
    const email = this.refreshTokens.get(refreshToken);
    if (email === undefined) return refusal('NotAuthorizedException', 'Refresh Token has been revoked');
    if (!this.rotateRefreshTokens) return this.granted(email, null);
    this.refreshTokens.delete(refreshToken);
    return this.granted(email, this.issueRefreshToken(email));
  }

  private getUser(accessToken: string): SimulatedResponse {
    const token = this.accessTokens.get(accessToken);
    if (!token) return refusal('NotAuthorizedException', 'Invalid Access Token');
    const attributes = [
      { Name: 'sub', Value: token.email },
      { Name: 'email', Value: token.email },
    ];
    return jsonResponse({ Username: token.email, UserAttributes: attributes });
  }

  /** A refresh does not repeat the refresh token. */
  private granted(email: string, refreshToken: string | null): SimulatedResponse {
    const { idToken, accessToken } = this.issueShortLived(email);
    return jsonResponse({
      AuthenticationResult: {
        AccessToken: accessToken,
        ExpiresIn: ID_TOKEN_LIFETIME_S,
        IdToken: idToken,
        ...(refreshToken === null ? {} : { RefreshToken: refreshToken }),
        TokenType: 'Bearer',
      },
      ChallengeParameters: {},
    });
  }

  private issueRefreshToken(email: string): string {
    const refreshToken = `refresh.${randomBytes(24).toString('base64url')}`;
    this.refreshTokens.set(refreshToken, email);
    return refreshToken;
  }

  private issueShortLived(email: string): { idToken: string; accessToken: string } {
    const nowMs = this.clock.now().getTime();
    const issued = { email, expiresAtMs: nowMs + ID_TOKEN_LIFETIME_S * 1000 };
    const claims = {
      sub: email,
      iss: `${this.issuer()}/${POOL_ID}`,
      iat: Math.floor(nowMs / 1000),
      exp: Math.floor(issued.expiresAtMs / 1000),
      jti: randomBytes(8).toString('hex'),
    };
    const idToken = this.sign({ ...claims, aud: CLIENT_ID, email, token_use: 'id' });
    const accessToken = this.sign({ ...claims, client_id: CLIENT_ID, username: email, token_use: 'access' });
    this.idTokens.set(idToken, issued);
    this.accessTokens.set(accessToken, issued);
    return { idToken, accessToken };
  }

  private sign(claims: object): string {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const signed = `${encode({ kid: KEY_ID, alg: 'RS256' })}.${encode(claims)}`;
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(keyPair().privateKey, 'base64url')}`;
  }
}

/** Made once: a new pair takes longer than all the rest of a simulated cloud. */
let keys: { publicKey: KeyObject; privateKey: KeyObject } | null = null;

function keyPair(): { publicKey: KeyObject; privateKey: KeyObject } {
  return (keys ??= generateKeyPairSync('rsa', { modulusLength: 2048 }));
}

export function isUserPoolRequest({ method, path }: SimulatedRequest): boolean {
  return method === 'POST' && path === '/';
}

export const isKeyRequest = ({ path }: SimulatedRequest): boolean =>
  path === `/${POOL_ID}/.well-known/jwks.json`;

function refusal(type: string, message: string): SimulatedResponse {
  const body = JSON.stringify({ __type: type, message });
  return {
    status: 400,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type },
    body,
  };
}
