import { fitCalibration } from './calibration-fit';
import { composeHome, Scenario } from './compose';
import { Case, caseOf, Evaluation, View } from './evaluate';
import { ComposedHome } from './home';
import { householdHome } from './household-source';
import { BenchOptions, readOptions, ScenarioName, USAGE } from './options';
import { loadRealHomes } from './real-aggregates';
import { tableOf, throughputLine } from './report';
import { measureThroughput } from './throughput';
import { loadTraces, Split, splitTraces, TraceLibrary } from './traces';

/** Seeds of the two sides never meet; nor do their devices (see splitTraces). */
const FIRST_SEED: Record<Split, number> = { tuning: 1, 'held-out': 1001 };

const SETTINGS: Record<Exclude<ScenarioName, 'real'>, { title: string; scenario: Scenario; view: View }> = {
  usual: { title: 'usual', scenario: {}, view: 'mains' },
  circuits: { title: 'per circuit', scenario: {}, view: 'circuits' },
  latency: { title: 'event latency ×3', scenario: { latencyFactor: 3 }, view: 'mains' },
  distractors: {
    title: 'three innocent events per event',
    scenario: { distractorsPerEvent: 3 },
    view: 'mains',
  },
  solar: { title: 'net metered solar, inverter known', scenario: { solar: true }, view: 'net and solar' },
  net: { title: 'net metered solar, inverter unknown', scenario: { solar: true }, view: 'net' },
};

function main(): void {
  let options: BenchOptions;
  try {
    options = readOptions(process.argv.slice(2), process.env);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const traces = options.source === 'traces' ? loadTraces(options.tracesDir) : null;
  if (options.source === 'traces' && traces === null) {
    print(
      `NO TRACES in ${options.tracesDir} (TRACES_DIR): only our own appliance models are used, and no real aggregate.`,
    );
  }
  const library = traces && splitTraces(traces, options.seeds);
  print(
    `${options.homes} homes × ${options.days} days, ${options.seeds} seeds, ${library ? 'real traces' : 'own models'}\n`,
  );
  for (const name of options.scenarios) {
    if (name !== 'real') runScenario(name, options, library);
    else if (traces) runRealHomes(options.tracesDir);
  }
}

function runScenario(
  name: Exclude<ScenarioName, 'real'>,
  options: BenchOptions,
  library: TraceLibrary | null,
): void {
  const { title, scenario, view } = SETTINGS[name];
  const evaluations = new Map(options.intervalsS.map((intervalS) => [intervalS, new Evaluation()]));
  const cases = new Map(options.intervalsS.map((intervalS) => [intervalS, [] as Case[]]));
  for (let i = 0; i < options.homes; i++) {
    const seed = FIRST_SEED[options.seeds] + i;
    const home: ComposedHome = library
      ? composeHome(library, options.seeds, seed, options.days, scenario)
      : householdHome(options.seeds, seed, options.days, scenario);
    for (const [intervalS, evaluation] of evaluations) {
      progress(`${title}: home ${i + 1} of ${options.homes}, ${intervalS} s`);
      const one = caseOf(home, intervalS, view);
      if (options.fitCalibration) one.options = { ...one.options, calibrated: false };
      evaluation.add(one);
      cases.get(intervalS)?.push(one);
    }
  }
  for (const [intervalS, evaluation] of evaluations) {
    print(tableOf(`${title}, every ${intervalS} s`, evaluation));
    print(throughputLine(measureThroughput(cases.get(intervalS) ?? [])));
    if (options.fitCalibration)
      print(JSON.stringify({ intervalS, knots: fitCalibration(evaluation.stated) }));
  }
}

function runRealHomes(tracesDir: string): void {
  for (const { name, events, truth, samples } of loadRealHomes(tracesDir)) {
    progress(`real: ${name}`);
    const evaluation = new Evaluation();
    evaluation.add({ events, truth, channels: new Map([['mains', samples]]), options: {} });
    print(tableOf(`real aggregate: ${name}, every 60 s`, evaluation));
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function progress(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

main();
