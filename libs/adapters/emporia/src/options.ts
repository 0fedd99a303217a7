import { Clock, DocumentStore } from '@smart-meter/meter-adapter';
import { Dispatcher } from 'undici';
import { RequestKind } from './request-ledger';

/** Which of Emporia's two interfaces is asked. Both show the same account. */
export type EmporiaHost = 'legacy' | 'modern';

/**
 * The Emporia app's own e-mail address and password; or, for accounts that sign in with Google or Apple,
 * a refresh token that was copied from a signed-in session.
 */
export type EmporiaCredentials =
  { username: string; password: string } | { refreshToken: string; idToken?: string };

export interface EmporiaEndpoints {
  legacyUrl: string;
  modernUrl: string;
  cognitoUrl: string;
  /** Says `{"msg":"down"}` during maintenance and is absent otherwise. */
  maintenanceUrl: string;
}

export const EMPORIA_ENDPOINTS: EmporiaEndpoints = {
  legacyUrl: 'https://api.emporiaenergy.com',
  modernUrl: 'https://c-api.emporiaenergy.com',
  cognitoUrl: 'https://cognito-idp.us-east-2.amazonaws.com',
  maintenanceUrl: 'https://s3.amazonaws.com/com.emporiaenergy.manual.ota/maintenance/maintenance.json',
};

/** The public client id of Emporia's own apps; it is no secret. */
export const COGNITO_CLIENT_ID = '4qte47jbstod8apnfic0bunmrq';

export interface EmporiaMeterOptions {
  /** Stable id of this meter in this installation. One meter is one account. */
  meterId: string;
  credentials: EmporiaCredentials;
  /** Where the tokens outlive a restart; they are secret. */
  tokenStore: DocumentStore;
  /** Default `legacy`. */
  host?: EmporiaHost;
  /** Only these devices, and what is nested below them, belong to this meter. Default: the whole account. */
  deviceGids?: readonly number[];
  /** Circuit ids (`120001/2`) whose clamp is the wrong way round: their sign is turned. */
  invertedCircuits?: readonly string[];
  /** IANA; for devices whose own zone is not known. Default `UTC`. */
  timeZone?: string;
  /** Told of every request as it is sent, for counting. */
  onRequest?(kind: RequestKind): void;
  endpoints?: Partial<EmporiaEndpoints>;
  clock?: Clock;
  random?: () => number;
  /** undici agent; the caller closes it. */
  dispatcher?: Dispatcher;
}
