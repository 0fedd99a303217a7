import { Appliance } from '../appliance';
import { Random } from '../random';
import { alwaysOn } from './always-on';
import { circulationPump, heatPump, ventilation, waterHeater } from './climate';
import { compressorCooler } from './cooling';
import { audioReceiver, computer, monitor, printer, robotVacuum, television } from './electronics';
import { coffeeMachine, dishwasher, hob, kettle, microwave, oven, rangeHood, toaster } from './kitchen';
import { iron, tumbleDryer, washingMachine } from './laundry';
import { lamp } from './lighting';
import { carCharger } from './vehicle';

export interface CatalogueOptions {
  readonly seed: number | string;
  readonly heatPump: boolean;
  readonly ev: boolean;
  readonly hiddenLoadShare: number;
}

function lamps(random: Random): Appliance[] {
  const livingRoom = { room: 'living_room', circuitId: 'living_room', area: 'Living Room' } as const;
  const bedroom = { room: 'bedroom', circuitId: 'bedrooms', area: 'Bedroom' } as const;
  const other = { circuitId: 'other', dimmable: false } as const;
  return [
    lamp({
      ...livingRoom,
      id: 'living_room_ceiling',
      name: 'Living room ceiling',
      fullW: random.uniform(35, 90),
      dimmable: true,
      usage: 0.95,
    }),
    lamp({
      ...livingRoom,
      id: 'floor_lamp',
      name: 'Floor lamp',
      fullW: random.uniform(18, 60),
      dimmable: false,
      usage: 0.7,
    }),
    lamp({
      ...livingRoom,
      id: 'reading_lamp',
      name: 'Reading lamp',
      fullW: random.uniform(8, 15),
      dimmable: true,
      usage: 0.4,
    }),
    lamp({
      room: 'kitchen',
      circuitId: 'kitchen',
      area: 'Kitchen',
      id: 'kitchen_ceiling',
      name: 'Kitchen ceiling',
      fullW: random.uniform(30, 100),
      dimmable: true,
      usage: 0.95,
    }),
    lamp({
      room: 'office',
      circuitId: 'office',
      area: 'Office',
      id: 'desk_lamp',
      name: 'Desk lamp',
      fullW: random.uniform(9, 25),
      dimmable: true,
      usage: 0.8,
    }),
    lamp({
      ...bedroom,
      id: 'bedroom_ceiling',
      name: 'Bedroom ceiling',
      fullW: random.uniform(20, 60),
      dimmable: true,
      usage: 0.85,
    }),
    lamp({
      ...bedroom,
      id: 'bedside_lamp',
      name: 'Bedside lamp',
      fullW: random.uniform(6, 14),
      dimmable: false,
      usage: 0.6,
    }),
    lamp({
      ...other,
      room: 'bathroom',
      area: 'Bathroom',
      id: 'bathroom_mirror',
      name: 'Bathroom mirror',
      fullW: random.uniform(25, 80),
      usage: 0.95,
    }),
    lamp({
      ...other,
      room: 'hallway',
      area: 'Hallway',
      id: 'hallway',
      name: 'Hallway',
      fullW: random.uniform(12, 40),
      usage: 0.9,
    }),
  ];
}

/** The appliances of one home. Sizes come from the seed alone. */
export function buildAppliances({
  seed,
  heatPump: hasHeatPump,
  ev,
  hiddenLoadShare,
}: CatalogueOptions): Appliance[] {
  const random = Random.from(seed, 'sizes');
  const size = (min: number, max: number): number => Math.round(random.uniform(min, max));
  const fridge = { runningW: size(65, 110), onMinutes: size(14, 24), offMinutes: size(24, 40) };
  const freezer = { runningW: size(80, 130), onMinutes: size(16, 26), offMinutes: size(30, 50) };
  const appliances = [
    compressorCooler({ ...fridge, id: 'fridge', name: 'Fridge', defrostW: 0 }),
    compressorCooler({ ...freezer, id: 'freezer', name: 'Freezer', defrostW: size(160, 220) }),
    kettle(size(1800, 3000)),
    coffeeMachine(size(900, 1450)),
    toaster(size(750, 1100)),
    microwave(size(1100, 1500)),
    hob(size(1500, 2200)),
    oven(size(2000, 2900)),
    rangeHood(size(90, 220)),
    dishwasher(size(1800, 2200)),
    television(size(70, 180)),
    audioReceiver(size(30, 60)),
    computer(size(60, 160)),
    monitor(size(25, 55)),
    printer(),
    washingMachine(seed, size(1800, 2200)),
    tumbleDryer(seed, size(700, 2400)),
    iron(size(1800, 2400)),
    robotVacuum(size(22, 34)),
    waterHeater(size(1500, 2400)),
    ventilation(size(60, 140)),
    ...lamps(random),
    alwaysOn({
      id: 'router',
      name: 'Router',
      circuitId: 'office',
      area: 'Office',
      meanW: size(7, 14),
      relativeSd: 0.03,
      everyS: 300,
    }),
    alwaysOn({
      id: 'bedroom_standby',
      name: 'Bedroom standby',
      circuitId: 'bedrooms',
      area: 'Bedroom',
      meanW: size(4, 9),
      relativeSd: 0.05,
      everyS: 300,
    }),
    alwaysOn({
      id: 'base_load',
      name: 'Base load',
      circuitId: 'other',
      area: 'Utility Room',
      meanW: size(45, 110),
      relativeSd: 0.04,
      everyS: 30,
    }),
  ];
  // Drawn whether or not they exist, so that an option changes nothing but its own appliance.
  const pumpW = size(1600, 2800);
  const circulationW = size(30, 60);
  const chargingW = random.pick([3600, 7200, 11_000]);
  appliances.push(hasHeatPump ? heatPump(pumpW) : circulationPump(circulationW));
  if (ev) appliances.push(carCharger(chargingW));

  const hiding = Random.from(seed, 'hidden');
  return appliances.map((appliance) => {
    const { control, ...unknownToAutomation } = appliance;
    const isLamp = control?.entityId.startsWith('light.') ?? false;
    return hiding.chance(hiddenLoadShare) && !isLamp ? unknownToAutomation : appliance;
  });
}
