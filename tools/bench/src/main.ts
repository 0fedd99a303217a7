import { cpus, platform, arch } from 'node:os';
import { BenchRow } from './bench-row';
import { SUITES } from './suites';

/** Prints every figure that the documentation quotes; arguments choose suites. */
async function main(wanted: readonly string[]): Promise<void> {
  const names = wanted.length > 0 ? wanted : Object.keys(SUITES);
  const unknown = names.filter((name) => !(name in SUITES));
  if (unknown.length > 0)
    throw new Error(`no suite ${unknown.join(', ')}: there are ${Object.keys(SUITES).join(', ')}`);
  console.log(
    `Node ${process.version}, ${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}\n`,
  );
  for (const name of names) {
    process.stderr.write(`running ${name} ...\n`);
    const rows = (await SUITES[name]?.()) ?? [];
    console.log(`${name}\n${rows.map(line).join('\n')}\n`);
  }
}

function line({ name, value, unit, peer, ratio }: BenchRow): string {
  const figure = `${format(value)} ${unit}`;
  const beside = peer === undefined ? '' : `   ${peer.name}: ${format(peer.value)} (${format(ratio ?? 0)} ×)`;
  return `  ${name.padEnd(64)} ${figure.padStart(22)}${beside}`;
}

function format(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
