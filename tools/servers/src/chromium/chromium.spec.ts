import { spawnSync } from 'node:child_process';
import { describeWithServer } from '../shared/require-server';
import { CHROMIUM, chromiumPath } from './chromium';

describeWithServer(CHROMIUM, 'chromiumPath', () => {
  it('names a browser that starts', () => {
    const { stdout } = spawnSync(chromiumPath(), ['--version'], { encoding: 'utf8', timeout: 30_000 });
    expect(stdout).toMatch(/chrom/i);
  });
});
