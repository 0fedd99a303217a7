import { defineMeter, defineSettings, MeterError, SettingValues } from '@smart-meter/meter-adapter';
import { EmporiaMeter } from './emporia-meter';
import { EmporiaCredentials, EmporiaEndpoints } from './options';

const settings = defineSettings({
  username: {
    kind: 'text',
    variable: 'EMPORIA_USERNAME',
    description: 'the e-mail address that you sign in to the Emporia app with',
  },
  password: {
    kind: 'secret',
    variable: 'EMPORIA_PASSWORD',
    description: 'the password of the Emporia app',
  },
  refreshToken: {
    kind: 'secret',
    variable: 'EMPORIA_REFRESH_TOKEN',
    description:
      'instead of a password, for accounts that sign in with Google or Apple: of a signed-in session',
  },
  host: {
    kind: 'choice',
    variable: 'EMPORIA_HOST',
    description:
      'which of Emporia’s interfaces is asked: legacy, or modern where devices are grouped in sites',
    choices: ['legacy', 'modern'],
    default: 'legacy',
  },
  deviceIds: {
    kind: 'list',
    variable: 'EMPORIA_DEVICE_IDS',
    description: 'the numbers of the panels that make up this home; by default all of the account',
  },
  invertedCircuits: {
    kind: 'list',
    variable: 'EMPORIA_INVERTED_CIRCUITS',
    description: 'circuits whose clamp is the wrong way round, such as 120001/2',
  },
  url: {
    kind: 'url',
    variable: 'EMPORIA_URL',
    description: 'the address of a stand-in for Emporia’s cloud, such as the simulator',
  },
});

/** What a service's catalogue needs to offer Emporia. */
export const emporiaMeter = defineMeter({
  meterType: 'emporia',
  title: 'Emporia',
  settings,
  create: (values, { meterId, clock, random, document, timeZone, onRequest }) => {
    const { host, invertedCircuits, url } = values;
    return new EmporiaMeter({
      meterId,
      clock,
      random,
      timeZone,
      onRequest,
      credentials: credentialsOf(values),
      tokenStore: document('tokens'),
      host,
      deviceGids: (values.deviceIds ?? []).map(deviceGid),
      ...(invertedCircuits === undefined ? {} : { invertedCircuits }),
      ...(url === undefined ? {} : { endpoints: standIn(url) }),
    });
  },
});

function credentialsOf({
  username,
  password,
  refreshToken,
}: SettingValues<typeof settings>): EmporiaCredentials {
  if (refreshToken) return { refreshToken: refreshToken.reveal() };
  if (username && password) return { username, password: password.reveal() };
  const missing = [username ? [] : 'EMPORIA_USERNAME', password ? [] : 'EMPORIA_PASSWORD'].flat();
  throw new MeterError(
    'configuration',
    `Emporia cannot be read: set ${missing.join(' and ')}, or EMPORIA_REFRESH_TOKEN for an account without a password`,
  );
}

function deviceGid(text: string): number {
  if (/^\d{1,15}$/.test(text.trim())) return Number(text);
  throw new MeterError(
    'configuration',
    `EMPORIA_DEVICE_IDS: expected numbers such as 120001, got "${text.slice(0, 40)}"`,
  );
}

function standIn(url: string): EmporiaEndpoints {
  const base = url.replace(/\/+$/, '');
  return { legacyUrl: base, modernUrl: base, cognitoUrl: base, maintenanceUrl: `${base}/maintenance.json` };
}
