import 'reflect-metadata';
import { loadEnvFile, startOrExit } from '@smart-meter/service';
import { serve } from './serve';

startOrExit(async () => {
  loadEnvFile('.env', process.env);
  await serve(process.env);
});
