import { MeterReading } from '@smart-meter/meter-adapter';

/** Tells whoever listens of every reading that has become durable. */
export class ReadingHub {
  private readonly listeners = new Set<(readings: readonly MeterReading[]) => void>();

  /** Returns the function that ends it. */
  subscribe(listener: (readings: readonly MeterReading[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  publish(readings: readonly MeterReading[]): void {
    for (const listener of this.listeners) listener(readings);
  }
}
