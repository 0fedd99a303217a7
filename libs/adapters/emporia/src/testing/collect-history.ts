import { HistoryChunk, TimeRange } from '@smart-meter/meter-adapter';
import { EmporiaMeter } from '../emporia-meter';

export async function collectHistory(meter: EmporiaMeter, range: TimeRange): Promise<HistoryChunk[]> {
  const chunks: HistoryChunk[] = [];
  for await (const chunk of meter.fetchHistory(range, new AbortController().signal)) chunks.push(chunk);
  return chunks;
}
