#!/usr/bin/env node
import 'reflect-metadata';
import { loadEnvFile, startOrExit } from '@smart-meter/service';
import { Command, InvalidArgumentError } from 'commander';
import { ENV_FILE } from './configuration/env-file';
import { backfill } from './operations/backfill';
import { serve } from './serve';

const program = new Command('energy-correlator')
  .description(
    `Says which home event changed the power by how much. Settings come from the environment and ${ENV_FILE}.`,
  )
  .showHelpAfterError();

program
  .command('serve', { isDefault: true })
  .description('answer events as they happen until told to stop')
  .action(() => serve(process.env));

program
  .command('backfill')
  .description('answer the events of a period in the past; the service must be stopped')
  .requiredOption('--from <instant>', 'start, such as 2026-03-01T00:00:00Z', parseInstant)
  .requiredOption('--to <instant>', 'end', parseInstant)
  .action(async ({ from, to }: { from: Date; to: Date }) => {
    const summary = await backfill(process.env, { from, to });
    process.stdout.write(`${JSON.stringify(summary)}\n`);
  });

startOrExit(async () => {
  loadEnvFile(ENV_FILE, process.env);
  await program.parseAsync();
});

function parseInstant(text: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime()))
    throw new InvalidArgumentError('expected an instant such as 2026-03-01T00:00:00Z');
  return at;
}
