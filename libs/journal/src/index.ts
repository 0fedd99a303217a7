export { Statement } from './database';
export type { Row, SqlValue } from './database';
export { GAP_STATES, GapStore } from './gap-store';
export type { Gap, GapState, GapUpdate } from './gap-store';
export { DEFAULT_FILE_NAME, Journal } from './journal';
export type { AppendBatch, AppendResult, JournalOptions } from './journal';
export type { EnergyPeriod, EnergySource } from './energy';
export { JournalReader } from './journal-reader';
export type { ExportedSample, Rollup } from './journal-reader';
export { CALENDAR_UNITS } from './local-calendar';
export type { CalendarUnit } from './local-calendar';
export { RESOLUTIONS } from './rollup-store';
export type { Resolution } from './rollup-store';
export type { JournalLog } from './log';
export { Outbox } from './outbox';
export type {
  OutboxEntry,
  OutboxLines,
  OutboxOutcome,
  OutboxSlice,
  OutboxStats,
  RejectedLine,
} from './outbox-entry';
export { phantomLoad } from './phantom-load';
export type { PhantomLoad } from './phantom-load';
export { Quarantine } from './quarantine';
export type { QuarantinedLine } from './quarantine';
export type { RecoveryReport } from './recovery';
export type { SalvagedTable } from './salvage';
export type { Period, Sample, SampleCursor, SamplePage } from './sample-reader';
export type { SchemaExtension } from './schema';
export { SERIES_QUANTITIES } from './series';
export type { Series, SeriesKey, SeriesQuantity } from './series';
export { StateStore } from './state-store';
export type { JournalStats, SeriesStats } from './stats';
export type { VerifyProgress, VerifyReport } from './verify';
