#!/usr/bin/env node
import 'reflect-metadata';
import { loadEnvFile, startOrExit } from '@smart-meter/service';
import { Argument, Command } from 'commander';
import { check } from './operations/check';
import { discover } from './operations/discover';
import { discoverShelly } from './operations/discover-shelly';
import { addJournalCommands } from './operations/journal-commands';
import { loginSense } from './operations/login';
import { prompt } from './operations/prompt';
import { terminal } from './operations/terminal';
import { serve } from './serve';

const program = new Command('smart-meter')
  .description('Home power readings to trust. Settings come from the environment; see .env.example.')
  .showHelpAfterError();

program
  .command('serve', { isDefault: true })
  .description('collect, keep, deliver and show readings until told to stop')
  .action(() => serve(process.env));

program
  .command('check')
  .description('try every setting against the real thing and say what to do where one fails')
  .action(async () => {
    process.exitCode = (await check(process.env, terminal)) ? 0 : 1;
  });

program
  .command('discover')
  .description('list what the meter offers, what each source would be used for, and why; stores nothing')
  .addArgument(new Argument('[kind]', 'look for devices of this kind on the network').choices(['shelly']))
  .action((kind?: 'shelly') =>
    kind === 'shelly' ? discoverShelly(terminal) : discover(process.env, terminal),
  );

program
  .command('login')
  .description('log in with you at hand, where a meter needs that once')
  .command('sense')
  .description('ask for the code of the authenticator app and keep the session; the password is kept nowhere')
  .action(() => loginSense(process.env, terminal, prompt));

addJournalCommands(program, process.env, terminal);

startOrExit(async () => {
  loadEnvFile('.env', process.env);
  await program.parseAsync();
});
