import { METHODS, Evaluation } from './evaluate';

const COLUMNS = ['method', 'P', 'R', 'F1', 'det F1', 'fpr', 'MAE W', 'cover', 'Brier', 'ECE', 'events/s'];

/** A Markdown table of every method of one setting. */
export function tableOf(title: string, evaluation: Evaluation): string {
  const lines = [`### ${title}`, '', `| ${COLUMNS.join(' | ')} |`, `|${COLUMNS.map(() => '---').join('|')}|`];
  let counts = '';
  for (const method of METHODS) {
    const result = evaluation.result(method);
    if (!result) continue;
    const { score, eventsPerS } = result;
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
      eventsPerS === null ? '' : eventsPerS.toFixed(0),
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  return [...lines, '', counts, ''].join('\n');
}
