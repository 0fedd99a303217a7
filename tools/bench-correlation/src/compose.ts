import { BenchEvent, ComposedHome, EventTruth } from './home';
import { createRandom, Random } from './random';
import { activationPowerW, Activation, BackgroundDay, Split, TraceLibrary } from './traces';
import { trueDeltaW } from './truth';

const DAY_S = 86_400;

/** What a scenario changes about a home. */
export interface Scenario {
  latencyFactor?: number;
  distractorsPerEvent?: number;
  solar?: boolean;
}

interface Load {
  entityId: string;
  domain: string;
  applianceClass: string;
  circuit: string;
  usesPerDay: number;
  hidden: boolean;
  standbyW: number;
  activations: Activation[];
}

interface Use {
  load: Load;
  activation: Activation;
  startS: number;
  endS: number;
}

interface LoadPlan {
  name: string;
  classes: string[];
  circuit: string;
  usesPerDay: [number, number];
  presence: number;
  kitchen?: boolean;
}

const PLANS: LoadPlan[] = [
  { name: 'waterkettle', classes: ['WaterKettle'], circuit: 'kitchen', usesPerDay: [3, 6], presence: 1 },
  { name: 'coffeemaker', classes: ['Coffeemaker'], circuit: 'kitchen', usesPerDay: [1, 4], presence: 1 },
  { name: 'microwaveoven', classes: ['MicrowaveOven'], circuit: 'kitchen', usesPerDay: [2, 4], presence: 1 },
  { name: 'toaster', classes: ['Toaster'], circuit: 'kitchen', usesPerDay: [1, 3], presence: 1 },
  { name: 'cookingstove', classes: ['Cookingstove'], circuit: 'kitchen2', usesPerDay: [1, 2], presence: 0.6 },
  { name: 'tv', classes: ['TV-LCD', 'TV-CRT'], circuit: 'av', usesPerDay: [1, 3], presence: 1 },
  { name: 'tv_2', classes: ['TV-LCD', 'TV-CRT'], circuit: 'av', usesPerDay: [1, 2], presence: 0.5 },
  {
    name: 'av',
    classes: ['Amplifier', 'Playstation3', 'VideoProjector', 'Projector'],
    circuit: 'av',
    usesPerDay: [1, 2],
    presence: 1,
  },
  { name: 'pc_desktop', classes: ['PC-Desktop'], circuit: 'office', usesPerDay: [1, 2], presence: 1 },
  {
    name: 'washingmachine',
    classes: ['Washingmachine'],
    circuit: 'laundry',
    usesPerDay: [0.5, 1.3],
    presence: 1,
  },
  { name: 'dishwasher', classes: ['Dishwasher'], circuit: 'kitchen2', usesPerDay: [0.5, 1], presence: 1 },
  {
    name: 'laundrydryer',
    classes: ['LaundryDryer'],
    circuit: 'laundry',
    usesPerDay: [0.3, 1],
    presence: 0.6,
  },
  { name: 'iron', classes: ['Iron'], circuit: 'laundry', usesPerDay: [0.2, 0.6], presence: 0.6 },
  {
    name: 'vacuumcleaner',
    classes: ['VacuumCleaner'],
    circuit: 'office',
    usesPerDay: [0.4, 1],
    presence: 0.6,
  },
];
const COOKING = new Set(['WaterKettle', 'Coffeemaker', 'MicrowaveOven', 'Toaster', 'Cookingstove']);
const CIRCUITS = ['lights', 'kitchen', 'kitchen2', 'av', 'office', 'laundry', 'other'];
const BACKGROUND_CIRCUIT: Record<string, string> = {
  Refrigerator: 'kitchen2',
  Freezer: 'kitchen2',
  Router: 'office',
  'PC-Laptop': 'office',
  Multimediacenter: 'av',
  Printer: 'office',
  SolarThermalSystem: 'other',
};

/** Builds one home from the traces of one split. The same arguments always give the same home. */
export function composeHome(
  library: TraceLibrary,
  split: Split,
  seed: number,
  days: number,
  scenario: Scenario = {},
): ComposedHome {
  const name = `${split}-${seed}`;
  const random = createRandom(`home ${name}`);
  const loads = chooseLoads(library, random);
  const uses = planUses(loads, days, random);

  const lengthS = days * DAY_S;
  const circuitsW = new Map(CIRCUITS.map((circuit) => [circuit, new Float32Array(lengthS)]));
  const circuit = (circuitName: string): Float32Array => {
    const series = circuitsW.get(circuitName);
    if (!series) throw new Error(`compose: no circuit ${circuitName}`);
    return series;
  };
  addBackground(library.background, circuit, days, random);
  for (const load of loads) addLoad(load, uses.get(load) ?? [], circuit(load.circuit));
  applyMainsVoltage([...circuitsW.values()], random);
  const loadW = new Float32Array(lengthS);
  for (const series of circuitsW.values())
    for (let s = 0; s < lengthS; s++) loadW[s] = at(loadW, s) + at(series, s);

  const clockSkewS = random.uniform(-2, 2);
  const meterDelayS = random.uniform(0, 2.5);
  const latencyFactor = scenario.latencyFactor ?? 1;
  const pairs: { event: BenchEvent; truth: EventTruth }[] = [];
  for (const load of loads) {
    if (!load.hidden) pairs.push(...eventsOf(load, uses.get(load) ?? [], clockSkewS, latencyFactor, random));
  }
  pairs.push(...addDistractors(pairs, loads, lengthS, scenario.distractorsPerEvent ?? 1, clockSkewS, random));
  pairs.sort((a, b) => a.event.atS - b.event.atS);

  const home: ComposedHome = {
    name,
    days,
    events: pairs.map((pair) => pair.event),
    truth: pairs.map((pair) => pair.truth),
    loadW,
    circuitsW,
    circuitOfEntity: new Map(
      loads.filter((load) => !load.hidden).map((load) => [load.entityId, load.circuit]),
    ),
    meterDelayS,
  };
  if (scenario.solar) home.solarW = solarProduction(lengthS, createRandom(`solar ${name}`));
  return home;
}

function chooseLoads(library: TraceLibrary, random: Random): Load[] {
  const devicesOf = (classes: string[]): Map<string, Activation[]> => {
    const devices = new Map<string, Activation[]>();
    for (const activation of library.activations) {
      if (!classes.includes(activation.applianceClass)) continue;
      const key = `${activation.applianceClass}|${activation.device}`;
      devices.set(key, [...(devices.get(key) ?? []), activation]);
    }
    return devices;
  };
  const taken = new Set<string>();
  const loads: Load[] = [];
  const add = (
    name: string,
    circuit: string,
    usesPerDay: number,
    hideable: boolean,
    classes: string[],
  ): void => {
    const devices = devicesOf(classes);
    const free = [...devices.keys()].filter((key) => !taken.has(key)).sort();
    if (free.length === 0) return;
    const key = random.pick(free);
    taken.add(key);
    const activations = devices.get(key) ?? [];
    const [first] = activations;
    if (!first) return;
    const standby = activations.map((activation) => activation.standbyW).sort((a, b) => a - b);
    loads.push({
      entityId: `${first.domain}.${name}`,
      domain: first.domain,
      applianceClass: first.applianceClass,
      circuit,
      usesPerDay,
      hidden: hideable && random.chance(0.2),
      standbyW: standby[standby.length >> 1] ?? 0,
      activations,
    });
  };
  const lamps = 4 + random.integer(3);
  for (let i = 0; i < lamps; i++)
    add(`lamp_${i}`, 'lights', random.uniform(3, 5.5), false, ['Lamp', 'XmasLights']);
  for (const plan of PLANS) {
    if (!random.chance(plan.presence)) continue;
    add(plan.name, plan.circuit, random.uniform(...plan.usesPerDay), true, plan.classes);
  }
  return loads;
}

/** Second of the day at which somebody does something: morning, noon and a long evening. */
function behaviourSecond(random: Random): number {
  for (;;) {
    const draw = random.uniform(0, 1);
    const hour =
      draw < 0.28
        ? random.normal(7.6, 1)
        : draw < 0.45
          ? random.normal(12.6, 1.2)
          : draw < 0.9
            ? random.normal(19.3, 1.9)
            : random.uniform(7, 23.5);
    if (hour > 0.2 && hour < 23.7) return hour * 3600;
  }
}

function planUses(loads: Load[], days: number, random: Random): Map<Load, Use[]> {
  const uses = new Map<Load, Use[]>(loads.map((load) => [load, []]));
  const endS = days * DAY_S;
  const place = (load: Load, startS: number, latestEndS = Infinity): void => {
    const activation = random.pick(load.activations);
    const start = Math.round(startS);
    const end = Math.min(start + activation.durationS, Math.round(latestEndS));
    const planned = uses.get(load);
    if (!planned || end - start < 20 || start < 120 || end > endS - 120) return;
    if (planned.some((use) => start < use.endS + 40 && end > use.startS - 40)) return;
    planned.push({ load, activation, startS: start, endS: end });
  };
  for (let day = 0; day < days; day++) {
    const midnight = day * DAY_S;
    for (let scene = 0; scene < 4; scene++) {
      const start = midnight + behaviourSecond(random);
      const members = random.shuffle(
        loads.filter((load) => load.domain === 'light' || load.domain === 'media_player'),
      );
      const commonEnd = random.chance(0.75) ? start + random.uniform(300, 5400) : Infinity;
      for (const load of members.slice(0, 2 + random.integer(5))) {
        place(load, start + random.uniform(0, 2), commonEnd + random.uniform(0, 2));
      }
    }
    for (let cluster = 0; cluster < 2; cluster++) {
      let start = midnight + behaviourSecond(random);
      const members = random.shuffle(loads.filter((load) => COOKING.has(load.applianceClass)));
      for (const load of members.slice(0, 2 + random.integer(3))) {
        place(load, start);
        start += random.uniform(2, 30);
      }
    }
    for (const load of loads) {
      const count = random.poisson(load.usesPerDay * 0.7);
      for (let i = 0; i < count; i++) place(load, midnight + behaviourSecond(random));
    }
  }
  for (const planned of uses.values()) planned.sort((a, b) => a.startS - b.startS);
  return uses;
}

function addBackground(
  library: BackgroundDay[],
  circuit: (name: string) => Float32Array,
  days: number,
  random: Random,
): void {
  const devices = new Map<string, BackgroundDay[]>();
  for (const day of library) {
    const key = `${day.applianceClass}|${day.device}`;
    devices.set(key, [...(devices.get(key) ?? []), day]);
  }
  for (const applianceClass of Object.keys(BACKGROUND_CIRCUIT)) {
    const own = [...devices.keys()].filter((key) => key.startsWith(`${applianceClass}|`)).sort();
    const always = applianceClass === 'Refrigerator' || applianceClass === 'Router';
    if (own.length === 0 || (!always && !random.chance(0.6))) continue;
    const traces = devices.get(random.pick(own)) ?? [];
    const series = circuit(BACKGROUND_CIRCUIT[applianceClass] ?? 'other');
    for (let day = 0; day < days; day++) {
      const trace = random.pick(traces).powerW;
      for (let s = 0; s < DAY_S; s++) series[day * DAY_S + s] = at(series, day * DAY_S + s) + at(trace, s);
    }
  }
  const baseW = random.uniform(40, 120);
  const other = circuit('other');
  for (let s = 0; s < other.length; s++) other[s] = at(other, s) + baseW;
}

function addLoad(load: Load, uses: Use[], series: Float32Array): void {
  let from = 0;
  for (const use of uses) {
    for (let s = from; s < use.startS; s++) series[s] = at(series, s) + load.standbyW;
    for (let s = use.startS; s < use.endS; s++) {
      series[s] = at(series, s) + activationPowerW(use.activation, s - use.startS);
    }
    from = use.endS;
  }
  for (let s = from; s < series.length; s++) series[s] = at(series, s) + load.standbyW;
}

/** Mains voltage wanders slowly by 0.4 %; resistive loads follow its square. */
function applyMainsVoltage(series: Float32Array[], random: Random): void {
  const length = series[0]?.length ?? 0;
  const keep = Math.exp(-1 / 180);
  const kick = 0.004 * Math.sqrt(1 - keep * keep);
  let deviation = random.normal(0, 0.004);
  for (let s = 0; s < length; s++) {
    deviation = keep * deviation + random.normal(0, kick);
    const factor = (1 + deviation) ** 2;
    for (const one of series) one[s] = at(one, s) * factor;
  }
}

function eventsOf(
  load: Load,
  uses: Use[],
  clockSkewS: number,
  latencyFactor: number,
  random: Random,
): { event: BenchEvent; truth: EventTruth }[] {
  const result: { event: BenchEvent; truth: EventTruth }[] = [];
  uses.forEach((use, i) => {
    const powerAtW = (second: number): number =>
      second >= use.startS && second < use.endS
        ? activationPowerW(use.activation, second - use.startS)
        : load.standbyW;
    const previousEnd = uses[i - 1]?.endS ?? -Infinity;
    const nextStart = uses[i + 1]?.startS ?? Infinity;
    for (const [state, second, earliest, latest] of [
      ['on', use.startS, previousEnd, use.endS],
      ['off', use.endS, use.startS, nextStart],
    ] as const) {
      result.push({
        event: {
          atS: second + clockSkewS + latencyS(load.domain, random) * latencyFactor,
          entityId: load.entityId,
          domain: load.domain,
          state,
          previousState: state === 'on' ? 'off' : 'on',
        },
        truth: {
          deltaW: trueDeltaW(powerAtW, second, earliest, latest),
          stepAtS: second,
          applianceClass: load.applianceClass,
        },
      });
    }
  });
  return result;
}

/** How long after the change of power its event is stamped (negative: before). */
export function latencyS(domain: string, random: Random): number {
  const draw = random.uniform(0, 1);
  if (domain === 'light') {
    if (draw < 0.72) return 0.1 + Math.abs(random.normal(0, 0.1));
    if (draw < 0.82) return -random.uniform(0, 1.5);
    if (draw < 0.96) return random.uniform(0.5, 3);
    return random.uniform(3, 12);
  }
  if (draw < 0.6) return 0.3 + Math.abs(random.normal(0, 0.15));
  if (draw < 0.88) return random.uniform(0.5, 4);
  return random.uniform(4, 15);
}

const INNOCENT_ENTITIES = [
  'switch.virtual_0',
  'switch.virtual_1',
  'switch.virtual_2',
  'switch.irrigation',
  'cover.blind_0',
  'cover.blind_1',
  'cover.blind_2',
  'light.battery_strip',
  'climate.living',
  'fan.usb',
];

/** Events that change nothing: half at any time, half within 8 s of an event that may change something. */
export function addDistractors(
  real: readonly { event: BenchEvent }[],
  loads: Load[],
  lengthS: number,
  perEvent: number,
  clockSkewS: number,
  random: Random,
): { event: BenchEvent; truth: EventTruth }[] {
  const lights = loads.filter((load) => load.domain === 'light');
  const count = Math.round(real.length * perEvent);
  const planned: { atS: number; entityId: string }[] = [];
  for (let i = 0; i < count; i++) {
    const atS = random.chance(0.5)
      ? random.uniform(120, lengthS - 120)
      : random.pick(real).event.atS + random.uniform(-8, 8);
    const entityId =
      lights.length > 0 && random.chance(0.05)
        ? random.pick(lights).entityId
        : random.pick(INNOCENT_ENTITIES);
    planned.push({ atS: atS + clockSkewS, entityId });
  }
  planned.sort((a, b) => a.atS - b.atS);
  const isOn = new Map<string, boolean>();
  return planned.map(({ atS, entityId }) => {
    const domain = entityId.slice(0, entityId.indexOf('.'));
    const truth: EventTruth = { deltaW: 0, stepAtS: null, applianceClass: 'innocent' };
    const attributeOnly = !INNOCENT_ENTITIES.includes(entityId);
    const [onState, offState] =
      domain === 'cover' ? ['open', 'closed'] : domain === 'climate' ? ['heat', 'off'] : ['on', 'off'];
    if (attributeOnly) {
      const last = real.findLast(({ event }) => event.entityId === entityId && event.atS < atS);
      const state = last?.event.state ?? 'off';
      const attributes = { friendly_name: `Lamp ${random.integer(9)}` };
      return { event: { atS, entityId, domain, state, previousState: state, attributes }, truth };
    }
    const was = isOn.get(entityId) ?? false;
    isOn.set(entityId, !was);
    const [state, previousState] = was ? [offState, onState] : [onState, offState];
    return { event: { atS, entityId, domain, state, previousState }, truth };
  });
}

/** A 4 kWp roof under broken cloud: clear-sky bell times a cloud factor that ramps between levels. */
function solarProduction(lengthS: number, random: Random): Float32Array {
  const result = new Float32Array(lengthS);
  const peakW = random.uniform(3000, 5000);
  let factor = 1;
  let target = 1;
  let rampPerS = 0.02;
  let changeAt = 0;
  for (let s = 0; s < lengthS; s++) {
    if (s >= changeAt) {
      target = random.chance(0.5) ? random.uniform(0.85, 1) : random.uniform(0.15, 0.6);
      rampPerS = 1 / random.uniform(8, 60);
      changeAt = s + random.uniform(60, 1500);
    }
    factor += Math.max(-rampPerS, Math.min(rampPerS, target - factor));
    const hour = (s % DAY_S) / 3600;
    const bell = hour > 6 && hour < 20 ? Math.sin((Math.PI * (hour - 6)) / 14) ** 1.5 : 0;
    result[s] = peakW * bell * factor;
  }
  return result;
}

function at(series: Float32Array, index: number): number {
  return series[index] ?? 0;
}
