/** Brings the events of a home into the inbox. */
export interface EventFeed {
  /** For health and logs: `home_assistant`. */
  readonly name: string;
  /** null where there is no connection that is held. */
  readonly isConnected: boolean | null;
  start(): void;
  stop(): Promise<void>;
  /**
   * Completes the inbox from `from` on. Returns until when it is complete, which is `to` at most.
   * Throws `MeterError` where the events cannot be read now.
   */
  complete(from: Date, to: Date, signal: AbortSignal): Promise<Date>;
  /** Learns which entities were renamed, without being started; before `readPast`. Throws `MeterError`. */
  readNames(signal: AbortSignal): Promise<void>;
  /** Brings the events of a period in the past into the inbox, without being started. Throws `MeterError`. */
  readPast(period: { from: Date; to: Date }, signal: AbortSignal): Promise<void>;
}
