import 'reflect-metadata';
import { loadEnvFile, startOrExit } from '@smart-meter/service';
import { serve } from './serve';

startOrExit(async () => {
  loadEnvFile();
  await serve(process.env);
});
