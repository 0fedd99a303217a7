import 'reflect-metadata';
import { loadEnvFile, startOrExit } from '@smart-meter/service';
import { ENV_FILE } from './configuration/env-file';
import { serve } from './serve';

startOrExit(async () => {
  loadEnvFile(ENV_FILE, process.env);
  await serve(process.env);
});
