import { discoverShelly } from './discover-shelly';
import { Terminal } from './terminal';

function recordingTerminal() {
  const [printed, noted]: [string[], string[]] = [[], []];
  const terminal: Terminal = {
    print: (line) => void printed.push(line),
    note: (line) => void noted.push(line),
    write: async () => undefined,
    isInteractive: false,
  };
  return { terminal, printed, noted };
}

describe('smart-meter discover shelly', () => {
  it('prints what it found, and the setting to copy', async () => {
    const { terminal, printed } = recordingTerminal();
    await discoverShelly(terminal, async () => [
      { name: 'shellyem3-1', host: '192.0.2.11', generation: 1, app: null },
      { name: 'shellypro3em-2', host: '192.0.2.10:8080', generation: 2, app: 'Pro3EM' },
    ]);
    expect(printed[0]).toMatch(/shellyem3-1.*192\.0\.2\.11/);
    expect(printed[0]).toMatch(/Pro3EM/);
    expect(printed.at(-1)).toBe('SHELLY_HOSTS=192.0.2.11,192.0.2.10:8080');
  });

  it('says what to do where nothing was found', async () => {
    const { terminal, printed, noted } = recordingTerminal();
    await discoverShelly(terminal, async () => []);
    expect(printed).toEqual([]);
    expect(noted.join()).toMatch(/set SHELLY_HOSTS by hand/);
  });
});
