import { discoverShellies } from '@smart-meter/adapter-shelly';
import Table from 'cli-table3';
import { Terminal } from './terminal';

const LISTEN_MS = 5_000;

/** Prints the Shelly devices of the local network and the setting that names them. Throws `MeterError`. */
export async function discoverShelly(
  terminal: Terminal,
  search: typeof discoverShellies = discoverShellies,
): Promise<void> {
  terminal.note(`listening for ${LISTEN_MS / 1000} s`);
  const found = await search(new AbortController().signal, LISTEN_MS);
  if (found.length === 0) {
    terminal.note(
      'no Shelly has announced itself. Announcements do not leave a network or a container: set SHELLY_HOSTS by hand',
    );
    return;
  }
  const table = new Table({
    head: ['device', 'address', 'generation', 'model'],
    style: { head: [], border: [] },
  });
  for (const { name, host, generation, app } of found) table.push([name, host, generation ?? '', app ?? '']);
  terminal.print(table.toString());
  terminal.note('to read all of them:');
  terminal.print(`SHELLY_HOSTS=${found.map(({ host }) => host).join(',')}`);
}
