import { describesSources, FileDocumentStore, MeterError, systemClock } from '@smart-meter/meter-adapter';
import { Environment } from '@smart-meter/service';
import Table from 'cli-table3';
import { join } from 'node:path';
import { Configuration, loadConfiguration } from '../configuration/configuration';
import { Terminal } from './terminal';

const TIMEOUT_MS = 60_000;

/** Prints what the meter offers and why each source has its role. Throws `MeterError`. */
export async function discover(environment: Environment, terminal: Terminal): Promise<void> {
  const configuration = loadConfiguration(environment);
  const meter = configuration.createMeter(commandContext(configuration, terminal));
  try {
    if (!describesSources(meter)) {
      throw new MeterError('unsupported', `${configuration.definition.title} has nothing to choose from`);
    }
    const sources = await meter.describeSources(AbortSignal.timeout(TIMEOUT_MS));
    const table = new Table({
      head: ['source', 'role', 'unit', 'why'],
      colWidths: [44, 14, 6, 70],
      wordWrap: true,
      style: { head: [], border: [] },
    });
    for (const { sourceId, name, role, unit, reason } of sources) {
      table.push([name === sourceId ? sourceId : `${sourceId}\n${name}`, role, unit ?? '', reason]);
    }
    terminal.print(table.toString());
    const used = sources.filter(({ role }) => role !== 'none').length;
    terminal.note(`${used} of ${sources.length} sources would be used; nothing was stored`);
  } finally {
    await meter.close();
  }
}

/** What a meter gets from a command: the documents of the service, and the terminal for its warnings. */
export function commandContext({ meterId, settings, timeZone }: Configuration, terminal: Terminal) {
  return {
    meterId,
    clock: systemClock,
    random: () => Math.random(),
    document: (name: string) => new FileDocumentStore(join(settings.dataDir, 'meter', `${name}.json`)),
    timeZone,
    onRequest: () => undefined,
    warn: (message: string) => terminal.note(message),
  };
}
