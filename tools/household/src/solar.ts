import { DayScript } from './day-script';
import { Random } from './random';
import { quantisePowerW, StepSeries, StepSeriesBuilder } from './step-series';

const EVERY_S = 10;

/** Production of one day: a clear-sky bell, seen through clouds that pass with ramps of tens of seconds. */
export function solarSeries(script: DayScript, random: Random, peakW: number): StepSeries {
  const { day, sunriseS, sunsetS, cloudiness } = script;
  const lengthS = day.endS - day.startS;
  const builder = new StepSeriesBuilder();
  builder.push(0, 0);
  // Low winter sun gives a smaller noon as well as a shorter day.
  const noonShare = Math.min(1, (sunsetS - sunriseS) / (16 * 3600)) ** 0.8;
  let cover = cloudiness;
  let target = cloudiness;
  let rampUntilS = sunriseS;
  for (let atS = sunriseS - (sunriseS % EVERY_S) + EVERY_S; atS < sunsetS; atS += EVERY_S) {
    if (atS >= rampUntilS) {
      target = random.chance(cloudiness)
        ? random.uniform(0.5, 1) * cloudiness
        : 0.3 * cloudiness * random.next();
      rampUntilS = atS + random.integer(30, 900);
    }
    cover += (target - cover) * 0.25;
    const elevation = Math.sin((Math.PI * (atS - sunriseS)) / (sunsetS - sunriseS)) ** 1.3;
    builder.push(atS - day.startS, quantisePowerW(peakW * noonShare * elevation * (1 - 0.85 * cover)));
  }
  builder.push(sunsetS - day.startS, 0);
  return builder.build(lengthS);
}
