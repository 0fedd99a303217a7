import { parseArgs } from 'node:util';
import { createHousehold } from '@smart-meter/household';
import { SimulatedClock } from '../shared';
import { HomeAssistantSimulator } from './home-assistant-simulator';

const usage = `Runs a simulated Home Assistant.
  --port N            default 8123
  --host ADDRESS      default 127.0.0.1
  --token TEXT        default simulator-token
  --seed TEXT         default 1
  --time-zone ZONE    default Europe/Berlin
  --start TIME        ISO time at which the simulated clock starts, default now
  --speed N           simulated seconds per second, default 1
  --history-days N    past that the recorder knows, default 1
  --version VERSION   default 2026.11.0; before 2026.3 the grid preferences have the legacy shape
  --solar --battery --ev --heat-pump`;

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new RangeError(`--${option} takes a number, not "${text}"`);
  return value;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8123' },
      host: { type: 'string', default: '127.0.0.1' },
      token: { type: 'string', default: 'simulator-token' },
      seed: { type: 'string', default: '1' },
      'time-zone': { type: 'string', default: 'Europe/Berlin' },
      start: { type: 'string', default: new Date().toISOString() },
      speed: { type: 'string', default: '1' },
      'history-days': { type: 'string', default: '1' },
      version: { type: 'string', default: '2026.11.0' },
      solar: { type: 'boolean', default: false },
      battery: { type: 'boolean', default: false },
      ev: { type: 'boolean', default: false },
      'heat-pump': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const { seed, solar, battery, ev } = values;
  if (Number.isNaN(Date.parse(values.start)))
    throw new RangeError(`--start takes an ISO time, not "${values.start}"`);
  const household = createHousehold({
    seed,
    timeZone: values['time-zone'],
    solar,
    battery,
    ev,
    heatPump: values['heat-pump'],
  });
  const simulator = await HomeAssistantSimulator.start({
    household,
    clock: new SimulatedClock(new Date(values.start), numberOf('speed', values.speed)),
    port: numberOf('port', values.port),
    host: values.host,
    token: values.token,
    version: values.version,
    historyDays: numberOf('history-days', values['history-days']),
  });
  process.stdout.write(`Simulated Home Assistant at ${simulator.url}, token ${simulator.token}\n`);
  const stop = (): void => void simulator.close().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n${usage}\n`);
  process.exitCode = 1;
});
