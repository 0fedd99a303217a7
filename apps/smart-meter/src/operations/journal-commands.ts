import { Journal, JournalReader } from '@smart-meter/journal';
import { Environment } from '@smart-meter/service';
import Table from 'cli-table3';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Configuration, loadConfiguration } from '../configuration/configuration';
import { EXPORT_FORMATS, ExportFormat, exportSamples } from './export-samples';
import { Progress } from './progress';
import { Terminal } from './terminal';

/** `journal verify | stats | export | quarantine list | quarantine retry`; all but the last also while the service runs. */
export function addJournalCommands(program: Command, environment: Environment, terminal: Terminal): void {
  const journal = program.command('journal').description('look after the local store');
  const reading = (work: (reader: JournalReader) => void | Promise<void>) => async () => {
    const reader = Journal.openReadOnly({ dataDir: loadConfiguration(environment).settings.dataDir });
    try {
      await work(reader);
    } finally {
      reader.close();
    }
  };

  journal
    .command('verify')
    .description('look at every page and at what must hold between them; repairs nothing')
    .action(reading((reader) => verify(reader, terminal)));

  journal
    .command('stats')
    .description('count what there is')
    .action(reading((reader) => printStats(reader, terminal)));

  journal
    .command('export')
    .description('write the samples of a period')
    .addOption(new Option('--format <format>', 'how').choices(EXPORT_FORMATS).default('csv'))
    .option('--from <instant>', 'start, such as 2026-03-01T00:00:00Z; default: the beginning', parseInstant)
    .option('--to <instant>', 'end; default: now', parseInstant)
    .option('--output <file>', 'default: standard output; needed for parquet')
    .action(({ format, from, to, output }: ExportArguments) =>
      reading((reader) => exportAll(reader, terminal, { format, from, to, output }))(),
    );

  const quarantine = journal.command('quarantine').description('the lines that InfluxDB refused');
  quarantine
    .command('list')
    .description('print them with the words of the server')
    .action(reading((reader) => listQuarantine(reader, terminal)));
  quarantine
    .command('retry')
    .description('put them back into the outbox; the service must be stopped')
    .argument('[ids...]', 'which; default: all', collectId)
    .action((ids: number[] | undefined) => retryQuarantine(loadConfiguration(environment), ids, terminal));
}

interface ExportArguments {
  format: ExportFormat;
  from?: Date | undefined;
  to?: Date | undefined;
  output?: string | undefined;
}

async function verify(reader: JournalReader, terminal: Terminal): Promise<void> {
  const progress = new Progress(terminal);
  const { ok, faults } = await reader.verify({
    onProgress: ({ step, done, total }) => progress.update(step, done, total),
  });
  progress.end();
  for (const fault of faults) terminal.print(fault);
  terminal.print(
    ok
      ? 'the journal is sound'
      : `${faults.length} faults: restore a backup, or start the service to set the damage aside`,
  );
  if (!ok) process.exitCode = 1;
}

function printStats(reader: JournalReader, terminal: Terminal): void {
  const stats = reader.stats();
  const table = new Table({
    head: ['meter', 'quantity', 'circuit', 'samples', 'oldest', 'newest'],
    style: { head: [], border: [] },
  });
  for (const { meterId, quantity, name, samples, oldest, newest } of stats.series) {
    table.push([
      meterId,
      quantity,
      name ?? '',
      samples,
      oldest?.toISOString() ?? '',
      newest?.toISOString() ?? '',
    ]);
  }
  terminal.print(table.toString());
  const { outbox, rollups, gaps } = stats;
  terminal.print(
    `file          ${stats.path}, ${stats.bytes} bytes, ${stats.emptyBytes} of them free for new data`,
  );
  terminal.print(`time zone     ${stats.timeZone}`);
  terminal.print(`samples       ${stats.samples}`);
  terminal.print(
    `roll-ups      ${rollups.fiveMinutes} of 5 minutes, ${rollups.hours} hours, ${rollups.days} days`,
  );
  terminal.print(
    `gaps          ${Object.entries(gaps)
      .map(([state, count]) => `${count} ${state}`)
      .join(', ')}`,
  );
  terminal.print(`outbox        ${outbox.lines} lines, ${outbox.bytes} bytes`);
  terminal.print(`quarantine    ${outbox.quarantinedLines} lines; dropped so far: ${outbox.droppedLines}`);
}

async function exportAll(reader: JournalReader, terminal: Terminal, wanted: ExportArguments): Promise<void> {
  const period = { from: wanted.from ?? new Date(0), to: wanted.to ?? new Date() };
  const total = wanted.from || wanted.to ? 0 : reader.stats().samples;
  const progress = new Progress(terminal);
  let done = 0;
  await exportSamples(reader, terminal, {
    format: wanted.format,
    period,
    ...(wanted.output === undefined ? {} : { output: wanted.output }),
    onRow: () => {
      done += 1;
      if (done % 10_000 === 0) progress.update('samples', done, Math.max(total, done));
    },
  });
  progress.end();
  terminal.note(`${done} samples`);
}

function listQuarantine(reader: JournalReader, terminal: Terminal): void {
  let count = 0;
  for (let page = reader.outbox.quarantine.list(); page.length > 0;) {
    for (const { id, status, reason, line } of page)
      terminal.print(`${id}\tHTTP ${status}\t${reason}\t${line}`);
    count += page.length;
    page = reader.outbox.quarantine.list({ afterId: page.at(-1)?.id ?? 0 });
  }
  terminal.note(`${count} lines`);
}

function retryQuarantine(
  { settings, timeZone }: Configuration,
  ids: readonly number[] | undefined,
  terminal: Terminal,
): void {
  const journal = Journal.open({
    dataDir: settings.dataDir,
    timeZone,
    retentionDays: settings.journalRetentionDays,
    outboxMaxBytes: settings.outboxMaxBytes,
  });
  try {
    const count = journal.outbox.quarantine.retry(ids?.length ? ids : undefined);
    terminal.note(`${count} lines wait for delivery again`);
  } finally {
    journal.close();
  }
}

function parseInstant(text: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime()))
    throw new InvalidArgumentError('expected an instant such as 2026-03-01T00:00:00Z');
  return at;
}

function collectId(text: string, ids: number[] = []): number[] {
  if (!/^\d+$/.test(text))
    throw new InvalidArgumentError('expected the number of a line, as `list` shows it');
  return [...ids, Number(text)];
}
