// A service of its own on nothing but the Home Assistant adapter: prints the power of the home whenever it changes.
import { createHomeAssistantMeter } from '@smart-meter/adapter-home-assistant';

const { HOME_ASSISTANT_URL: url, HOME_ASSISTANT_TOKEN: token } = process.env;
const meter = createHomeAssistantMeter({ url, token, meterId: 'home' });
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

const { ok, detail } = await meter.testConnection(stop.signal);
console.log(detail);
if (ok) {
  const onConnected = () => console.log('connected');
  const onReading = ({ observedAt, totalPowerW }) =>
    console.log(observedAt.toISOString(), totalPowerW === null ? 'unknown' : `${totalPowerW} W`);
  await meter.stream({ onConnected, onReading }, stop.signal);
}
await meter.close();
process.exitCode = ok ? 0 : 1;
