import { LocalDay } from './local-day';
import { Random } from './random';

export type Room = 'kitchen' | 'living_room' | 'office' | 'bedroom' | 'bathroom' | 'hallway';

/** A stretch of time, in epoch seconds. */
export interface Interval {
  readonly startS: number;
  readonly endS: number;
}

/** Time in a room. When a scene starts or ends it, everything in the room follows within two seconds. */
export interface Stay extends Interval {
  readonly startedByScene: boolean;
  readonly endedByScene: boolean;
}

/** What the people of the home do on one day; every appliance takes its cue from it. */
export interface DayScript {
  readonly day: LocalDay;
  readonly weekend: boolean;
  readonly wakeS: number;
  readonly sleepS: number;
  /** Nobody is home. */
  readonly away: Interval | null;
  readonly worksFromHome: boolean;
  readonly breakfastS: number;
  readonly lunchS: number | null;
  readonly dinnerS: number;
  readonly filmS: number | null;
  readonly stays: ReadonlyMap<Room, readonly Stay[]>;
  readonly sunriseS: number;
  readonly sunsetS: number;
  readonly outdoorMeanC: number;
  /** 0 clear .. 1 overcast. */
  readonly cloudiness: number;
}

function stay(startS: number, endS: number, startedByScene = false, endedByScene = false): Stay {
  return { startS, endS, startedByScene, endedByScene };
}

export function writeDayScript(day: LocalDay, seed: number | string): DayScript {
  const random = Random.from(seed, 'day', day.key);
  const habits = Random.from(seed, 'habits');
  const usualWake = habits.uniform(6, 7.3);
  const usualSleep = habits.uniform(22.2, 23.4);
  const usualDinner = habits.uniform(18, 19.2);
  const homeOfficeDays = habits.integer(0, 3);

  const weekend = day.weekday >= 6;
  const wake = usualWake + (weekend ? 1.3 : 0) + random.normal(0, 0.2);
  const sleep = Math.min(24.3, usualSleep + (weekend ? 0.5 : 0) + random.normal(0, 0.25));
  const breakfast = wake + random.uniform(0.3, 0.7);
  const dinner = usualDinner + random.normal(0, 0.3);
  const worksFromHome = !weekend && day.weekday <= homeOfficeDays;
  const leaves = weekend ? random.chance(0.5) : !worksFromHome;
  const leave = weekend ? random.uniform(11, 14) : breakfast + random.uniform(0.5, 0.9);
  const arrive = weekend ? leave + random.uniform(1.5, 3) : dinner - random.uniform(0.6, 1.2);
  const away = leaves ? { startS: day.at(leave), endS: day.at(Math.min(arrive, dinner - 0.2)) } : null;
  const lunch = !leaves || weekend ? random.uniform(12.2, 13.2) : null;
  const film = random.chance(0.6) ? Math.max(dinner + 1.1, random.uniform(19.9, 20.6)) : null;

  // Days are longest on day 172; between 8 and 16.4 hours, as at 50 degrees north.
  const season = Math.cos((2 * Math.PI * (day.dayOfYear - 172)) / 365.25);
  const daylight = 12.2 + 4.2 * season;
  const sleepS = day.at(sleep);
  const at = (hours: number): number => Math.min(day.at(hours), sleepS);

  const stays = new Map<Room, Stay[]>();
  stays.set('bedroom', [
    stay(day.at(wake), day.at(wake + random.uniform(0.2, 0.4)), true),
    stay(at(sleep - random.uniform(0.3, 0.8)), sleepS, false, true),
  ]);
  stays.set('bathroom', [
    stay(day.at(wake + 0.1), day.at(wake + random.uniform(0.35, 0.6))),
    stay(at(sleep - 0.45), at(sleep - random.uniform(0.15, 0.3))),
  ]);
  const kitchen = [
    stay(day.at(breakfast - 0.1), day.at(breakfast + random.uniform(0.3, 0.45)), false, leaves),
  ];
  if (lunch !== null) kitchen.push(stay(day.at(lunch - 0.3), day.at(lunch + 0.5)));
  kitchen.push(stay(day.at(dinner - 0.6), day.at(dinner + random.uniform(0.4, 0.9))));
  stays.set('kitchen', kitchen);
  const livingRoom = film === null ? [] : [stay(day.at(film), sleepS, true, true)];
  const evening = film ?? sleep;
  livingRoom.unshift(stay(day.at(dinner + 0.6), at(evening), false, true));
  if (away !== null) livingRoom.unshift(stay(away.endS, day.at(dinner - 0.1), true));
  if (weekend) livingRoom.unshift(stay(day.at(wake + 1.2), day.at(wake + random.uniform(2, 3))));
  stays.set('living_room', livingRoom);
  const office = worksFromHome
    ? [stay(day.at(breakfast + 0.6), day.at(12.1)), stay(day.at(13.3), day.at(Math.min(17.2, dinner - 0.7)))]
    : random.chance(0.5)
      ? [stay(day.at(dinner + 0.7), at(dinner + random.uniform(1.3, 2.2)))]
      : [];
  stays.set('office', office);
  const hallway = [stay(day.at(wake + 0.2), day.at(wake + 0.35))];
  if (away !== null) {
    hallway.push(stay(away.startS - 240, away.startS, false, true), stay(away.endS, away.endS + 300, true));
  }
  stays.set('hallway', hallway);

  return {
    day,
    weekend,
    wakeS: day.at(wake),
    sleepS,
    away,
    worksFromHome,
    breakfastS: day.at(breakfast),
    lunchS: lunch === null ? null : day.at(lunch),
    dinnerS: day.at(dinner),
    filmS: film === null ? null : day.at(film),
    stays,
    sunriseS: day.at(12.6 - daylight / 2),
    sunsetS: day.at(12.6 + daylight / 2),
    outdoorMeanC: 10 + 9 * Math.cos((2 * Math.PI * (day.dayOfYear - 200)) / 365.25) + random.normal(0, 3),
    cloudiness: Math.min(1, Math.max(0, random.uniform(-0.2, 1.1))),
  };
}

/** Whether somebody is at home and awake. */
export function isHomeAndAwake(script: DayScript, atS: number): boolean {
  const { away, wakeS, sleepS } = script;
  return atS >= wakeS && atS < sleepS && (away === null || atS < away.startS || atS >= away.endS);
}

/** Dark enough indoors for a lamp: before an hour after sunrise, after an hour before sunset, or a gloomy day. */
export function isDark(script: DayScript, atS: number): boolean {
  const margin = script.cloudiness > 0.85 ? 9000 : 3600;
  return atS < script.sunriseS + margin || atS > script.sunsetS - margin;
}
