import { defineMeter, defineSettings, MeterError } from '@smart-meter/meter-adapter';
import { SenseAccount } from './sense-account';
import { createSenseAdapter } from './streaming-sense-adapter';

/** The name of the document that holds the session: a log-in by hand stores it where the meter looks for it. */
export const SENSE_SESSION_DOCUMENT = 'sense-session';

/** What a service's catalogue needs to offer Sense. */
export const senseMeter = defineMeter({
  meterType: 'sense',
  title: 'Sense',
  settings: defineSettings({
    email: {
      kind: 'text',
      variable: 'SENSE_EMAIL',
      description: 'the e-mail address of the Sense account; needed for log-ins without you',
    },
    password: {
      kind: 'secret',
      variable: 'SENSE_PASSWORD',
      description:
        'its password; an account that asks for codes needs `smart-meter login sense` once all the same',
    },
    monitorId: {
      kind: 'text',
      variable: 'SENSE_MONITOR_ID',
      description: 'which monitor to read, where the account has several; `smart-meter check` lists them',
    },
    stream: {
      kind: 'flag',
      variable: 'SENSE_STREAM',
      description: 'hold the live feed open for every change; by default one reading is asked for at a time',
      default: false,
    },
    url: {
      kind: 'url',
      variable: 'SENSE_URL',
      description: 'the address of a stand-in for Sense’s cloud, such as the simulator',
    },
  }),
  create: ({ email, password, monitorId, stream, url }, { meterId, clock, random, document, onRequest }) => {
    if ((email === undefined) !== (password === undefined)) {
      throw new MeterError('configuration', 'Sense needs both SENSE_EMAIL and SENSE_PASSWORD, or neither');
    }
    const account = new SenseAccount({
      tokenStore: document(SENSE_SESSION_DOCUMENT),
      clock,
      random,
      onRequest,
      ...(email && password ? { credentials: { email, password: password.reveal() } } : {}),
      ...(url === undefined ? {} : senseStandIn(url)),
    });
    return createSenseAdapter({ meterId, account, stream, ...(monitorId ? { monitorId } : {}) });
  },
});

/** Where a stand-in for Sense's cloud has its interfaces. */
export function senseStandIn(url: string): { apiUrl: string; realtimeUrl: string } {
  return { apiUrl: `${url}/apiservice/api/v1/`, realtimeUrl: url.replace(/^http/, 'ws') };
}
