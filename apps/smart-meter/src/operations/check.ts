import { access, constants, mkdir } from 'node:fs/promises';
import { testInfluxConnection } from '@smart-meter/influx-writer';
import { ConnectionTest, MeterErrorCode, toMeterError } from '@smart-meter/meter-adapter';
import { Environment, influxTarget } from '@smart-meter/service';
import { Configuration, loadConfiguration } from '../configuration/configuration';
import { commandContext } from './discover';
import { Terminal } from './terminal';

const TIMEOUT_MS = 60_000;

/** What a user can do about each kind of fault. */
const ADVICE: Readonly<Record<MeterErrorCode, string>> = {
  configuration: 'correct the setting',
  authentication: 'the credentials are not accepted as they are: correct or renew them, then check again',
  rate_limited: 'wait: the source asks for fewer requests',
  unavailable: 'see that it is running and that this machine can reach its address',
  malformed_response: 'see that the address is that of the right program, and of a version that is supported',
  unsupported: 'this version or device cannot do what is asked of it',
};

/** Tries every setting against the real thing and prints a sentence each. Returns whether all is well. */
export async function check(environment: Environment, terminal: Terminal): Promise<boolean> {
  let configuration: Configuration;
  try {
    configuration = loadConfiguration(environment);
  } catch (error) {
    terminal.print(`configuration  FAILS  ${toMeterError(error, 'reading it').message}`);
    return false;
  }
  terminal.print('configuration  ok     every variable can be read');
  const tests: [string, Promise<ConnectionTest>][] = [
    ['meter', testMeter(configuration, terminal)],
    ['data folder', testDataFolder(configuration.settings.dataDir)],
    ['InfluxDB', testInflux(configuration)],
  ];
  let allWell = true;
  for (const [name, test] of tests) {
    const result = await test;
    allWell &&= result.ok;
    terminal.print(`${name.padEnd(14)} ${result.ok ? 'ok   ' : 'FAILS'}  ${result.detail}`);
    if (!result.ok) terminal.print(`${' '.repeat(22)}→ ${ADVICE[result.error.code]}`);
    else for (const warning of result.warnings) terminal.print(`${' '.repeat(22)}! ${warning}`);
  }
  return allWell;
}

async function testMeter(configuration: Configuration, terminal: Terminal): Promise<ConnectionTest> {
  try {
    const meter = configuration.createMeter(commandContext(configuration, terminal));
    try {
      return await meter.testConnection(AbortSignal.timeout(TIMEOUT_MS));
    } finally {
      await meter.close();
    }
  } catch (error) {
    return failed(error, 'testing the meter');
  }
}

async function testDataFolder(dataDir: string): Promise<ConnectionTest> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.R_OK | constants.W_OK);
    return { ok: true, detail: `${dataDir} can be written`, warnings: [] };
  } catch (error) {
    return failed(error, `writing to ${dataDir}`);
  }
}

async function testInflux({ settings }: Configuration): Promise<ConnectionTest> {
  const target = influxTarget(settings);
  if (!target) return { ok: true, detail: 'not configured: the journal is the store', warnings: [] };
  return testInfluxConnection(target, AbortSignal.timeout(TIMEOUT_MS));
}

function failed(error: unknown, doing: string): ConnectionTest {
  const meterError = toMeterError(error, doing);
  return { ok: false, detail: meterError.message, error: meterError };
}
