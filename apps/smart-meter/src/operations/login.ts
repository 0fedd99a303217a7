import { join } from 'node:path';
import { loginWithMfa, SENSE_SESSION_DOCUMENT, senseMeter, senseStandIn } from '@smart-meter/adapter-sense';
import { FileDocumentStore } from '@smart-meter/meter-adapter';
import { Environment, loadSettings } from '@smart-meter/service';
import { serviceSettings } from '../configuration/settings';
import { Prompt } from './prompt';
import { Terminal } from './terminal';

/** The user has to find the authenticator first. */
const TIMEOUT_MS = 10 * 60_000;

/**
 * Logs in to Sense with the user at hand and keeps the session where the service looks for it; the password is kept
 * nowhere. Asks for what the environment does not say, and for the code where the account wants one. Throws `MeterError`.
 */
export async function loginSense(
  environment: Environment,
  terminal: Terminal,
  prompt: Prompt,
): Promise<void> {
  const { dataDir } = loadSettings(serviceSettings, environment);
  const { email, password, url } = loadSettings(senseMeter.settings, environment);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const credentials = {
    email: email ?? (await prompt({ text: 'E-mail address of the Sense account: ' }, signal)),
    password: password?.reveal() ?? (await prompt({ text: 'Password: ', hidden: true }, signal)),
  };
  const monitors = await loginWithMfa(
    {
      tokenStore: new FileDocumentStore(join(dataDir, 'meter', `${SENSE_SESSION_DOCUMENT}.json`)),
      credentials,
      ...(url === undefined ? {} : senseStandIn(url)),
    },
    (reason) => prompt({ text: CODE_QUESTIONS[reason] }, signal),
    signal,
  );
  for (const { id, name } of monitors) terminal.print(`monitor ${id}  ${name}`);
  terminal.note(
    monitors.length > 1
      ? 'Logged in. Set SENSE_MONITOR_ID to the monitor to read, then start smart-meter.'
      : 'Logged in. Start smart-meter.',
  );
}

const CODE_QUESTIONS = {
  required: 'Code of the authenticator app: ',
  refused: 'Sense does not accept this code. The next one: ',
};
