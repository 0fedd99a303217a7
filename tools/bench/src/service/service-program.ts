import { join } from 'node:path';

/** The compiled service. */
export const SERVICE_PROGRAM = join(
  __dirname,
  '..',
  '..',
  '..',
  '..',
  'apps',
  'smart-meter',
  'dist',
  'main.js',
);

/** As the start script, the image and the systemd unit run it. */
export const SERVICE_FLAGS = [
  '--optimize-for-size',
  '--max-semi-space-size=1',
  '--no-maglev',
  '--disable-warning=ExperimentalWarning',
];
export const SERVICE_ALLOCATOR = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '65536',
};
