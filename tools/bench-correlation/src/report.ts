import { METHODS, Evaluation } from './evaluate';
import { Throughput } from './throughput';

const COLUMNS = ['method', 'P', 'R', 'F1', 'det F1', 'fpr', 'MAE W', 'cover', 'Brier', 'ECE'];

/** A Markdown table of every method of one setting. */
export function tableOf(title: string, evaluation: Evaluation): string {
  const lines = [`### ${title}`, '', `| ${COLUMNS.join(' | ')} |`, `|${COLUMNS.map(() => '---').join('|')}|`];
  let counts = '';
  for (const method of METHODS) {
    const score = evaluation.scoreOf(method);
    if (!score) continue;
    counts = `${score.events} events, ${score.causal} of them causal`;
    const cells = [
      method,
      score.precision.toFixed(3),
      score.recall.toFixed(3),
      score.f1.toFixed(3),
      score.detectionF1.toFixed(3),
      score.falsePositiveRate.toFixed(3),
      score.meanAbsoluteErrorW.toFixed(0),
      score.coverage.toFixed(3),
      score.brier.toFixed(3),
      score.calibrationError.toFixed(3),
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  return [...lines, '', counts, ''].join('\n');
}

/** A line about speed, online and from cold. */
export function throughputLine({ bestPerS, medianPerS }: Throughput): string {
  return `${round(bestPerS)} events/s of one core, ${round(medianPerS)} in the median pass\n`;
}

function round(perS: number): string {
  return (100 * Math.round(perS / 100)).toLocaleString('en');
}
