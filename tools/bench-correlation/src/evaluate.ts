import { EngineOptions, MAINS, SOLAR } from '@smart-meter/correlation';
import { BenchEvent, ComposedHome, EventTruth, Samples } from './home';
import { measure, usualMeter } from './meter';
import { Channels, runBaseline, runEngine } from './methods';
import { Answer, isWithinTolerance, Score, Scoreboard } from './metrics';

export const METHODS = ['±5 s nearest', '±10 s window', 'online, from cold', 'second pass'] as const;
export type Method = (typeof METHODS)[number];

/** How the samples reach the methods. */
export type View = 'mains' | 'circuits' | 'net' | 'net and solar';

/** One home as the methods may see it. */
export interface Case {
  events: BenchEvent[];
  truth: EventTruth[];
  channels: Channels;
  options: EngineOptions;
}

/** Stated and true: what the calibration map is fitted to. */
export interface StatedAnswer {
  stated: number;
  right: boolean;
}

/** Puts a home behind a meter. */
export function caseOf(home: ComposedHome, intervalS: number, view: View): Case {
  const meter = usualMeter(intervalS);
  const channels = new Map<string, Samples>();
  const add = (channel: string, series: Float32Array): void => {
    channels.set(channel, measure(series, meter, home.meterDelayS, `${home.name} ${channel}`));
  };
  const { solarW } = home;
  const net = solarW && view !== 'mains' ? home.loadW.map((load, s) => load - (solarW[s] ?? 0)) : home.loadW;
  add(MAINS, net);
  if (view === 'net and solar' && solarW) add(SOLAR, solarW);
  const options: EngineOptions = {};
  if (view === 'circuits') {
    for (const [circuit, series] of home.circuitsW) add(circuit, series);
    options.circuits = Object.fromEntries(home.circuitOfEntity);
  }
  return { events: home.events, truth: home.truth, channels, options };
}

/** Adds up every method over the cases of one setting. */
export class Evaluation {
  private readonly boards = new Map<Method, Scoreboard>();
  readonly stated: StatedAnswer[] = [];

  add(one: Case, methods: readonly Method[] = METHODS): void {
    const mains = one.channels.get(MAINS);
    if (!mains) throw new Error('evaluate: a case without mains');
    if (methods.includes('±5 s nearest'))
      this.score('±5 s nearest', one, runBaseline(one.events, mains, 'nearest'));
    if (methods.includes('±10 s window'))
      this.score('±10 s window', one, runBaseline(one.events, mains, 'window'));
    const online = runEngine(one.events, one.channels, one.options);
    this.score('online, from cold', one, online.answers);
    online.answers.forEach(({ deltaW, confidence }, i) => {
      const trueDeltaW = one.truth[i]?.deltaW ?? 0;
      if (deltaW === null) return;
      const right = Math.abs(trueDeltaW) >= 10 && isWithinTolerance(deltaW, trueDeltaW);
      this.stated.push({ stated: confidence, right });
    });
    if (!methods.includes('second pass')) return;
    const second = runEngine(one.events, one.channels, { ...one.options, learned: online.learned });
    this.score('second pass', one, second.answers);
  }

  /** null for a method that was not run. */
  scoreOf(method: Method): Score | null {
    return this.boards.get(method)?.score() ?? null;
  }

  private score(method: Method, one: Case, answers: Answer[]): void {
    let board = this.boards.get(method);
    if (!board) this.boards.set(method, (board = new Scoreboard()));
    answers.forEach((answer, i) => board.add(one.truth[i] as EventTruth, answer));
  }
}
