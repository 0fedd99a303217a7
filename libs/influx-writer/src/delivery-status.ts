import { FaultCode } from './answer';

/** `stopped`: not started, or ended. `blocked`: waits for somebody to change a setting, and goes on trying. */
export type DeliveryState = 'stopped' | 'idle' | 'delivering' | 'backing_off' | 'blocked';

/** What an operator sees of the delivery. Counts are since the start of the process, the queue is as it is. */
export interface DeliveryStatus {
  state: DeliveryState;
  /** What somebody should look at, in one sentence; null = nothing. */
  alarm: string | null;
  queuedEntries: number;
  queuedLines: number;
  queuedBytes: number;
  /** How long the oldest queued line has waited, ms; null = none waits. */
  oldestAgeMs: number | null;
  sentLines: number;
  /** Lines that the server refused: they are in the quarantine. */
  rejectedLines: number;
  /** Lines in the quarantine, earlier runs included. */
  quarantinedLines: number;
  /** Lines that the outbox had no room for, earlier runs included. */
  droppedLines: number;
  requests: number;
  /** Requests that follow a fault. */
  retries: number;
  /** When lines were stored last. */
  lastSuccessAt: Date | null;
  lastError: DeliveryError | null;
}

export interface DeliveryError {
  at: Date;
  code: FaultCode;
  /** Without secrets. */
  message: string;
}

export type DeliveryLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  details?: Readonly<Record<string, unknown>>,
) => void;
