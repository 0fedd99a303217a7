import { runScenario, ScenarioResult } from './run-scenario';
import { SCENARIOS } from './scenarios';

/** Runs every fault, or those whose names hold one of the arguments, and prints the count of each. */
async function main(args: readonly string[]): Promise<void> {
  const extent = args.includes('--bounded') ? 'bounded' : 'full';
  const wanted = args.filter((arg) => !arg.startsWith('--'));
  const chosen = SCENARIOS.filter(
    ({ fault }) => wanted.length === 0 || wanted.some((part) => fault.includes(part)),
  );
  const results: ScenarioResult[] = [];
  for (const scenario of chosen) {
    const result = await runScenario(scenario, extent, (done, times) =>
      process.stderr.write(`\r${scenario.fault}: ${done} of ${times}   `),
    );
    process.stderr.write('\n');
    if (result) results.push(result);
  }
  console.log(table(results));
  for (const { fault, wrong } of results) for (const line of wrong) console.log(`${fault}: ${line}`);
  if (results.some(({ lost, duplicated }) => lost > 0 || duplicated > 0)) process.exitCode = 1;
}

function table(results: readonly ScenarioResult[]): string {
  const columns = ['fault', 'times', 'accepted', 'found', 'lost', 'duplicated'] as const;
  const rows = [columns, ...results.map((result) => columns.map((column) => String(result[column])))];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  '),
    )
    .join('\n');
}

main(process.argv.slice(2)).then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
