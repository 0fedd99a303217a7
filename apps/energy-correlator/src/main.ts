import 'reflect-metadata';
import { startOrExit } from '@smart-meter/service';
import { serve } from './serve';

startOrExit(() => serve(process.env));
