// Starts smart-meter with the options that the user has set in Home Assistant.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const OPTIONS_FILE = process.env.OPTIONS_FILE ?? '/data/options.json';

// An option is named as its variable, in small letters. An empty one is not set.
for (const [option, value] of Object.entries(JSON.parse(readFileSync(OPTIONS_FILE, 'utf8')))) {
  if (value !== null && value !== '') process.env[option.toUpperCase()] = String(value);
}

createRequire(import.meta.url)('../../apps/smart-meter/dist/main.js');
