import { BeforeApplicationShutdown, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Logger } from 'pino';

/** A part of a service that runs: the one shape of starting and stopping. */
export interface LifecyclePart {
  name: string;
  start?(): void | Promise<void>;
  /** Finishes what it took. Must not throw away anything that was accepted. */
  stop?(): void | Promise<void>;
  /** Parts that serve requests are stopped only after the server has closed. */
  outlivesRequests?: boolean;
}

/** Starts a service's parts in order and stops them in the reverse order; one that fails to stop does not keep the others. */
export class OrderedLifecycle
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  private readonly started: LifecyclePart[] = [];

  constructor(
    private readonly parts: readonly LifecyclePart[],
    private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const part of this.parts) {
      this.started.push(part);
      await part.start?.();
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.stopParts((part) => part.outlivesRequests !== true);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stopParts(() => true);
  }

  private async stopParts(which: (part: LifecyclePart) => boolean): Promise<void> {
    for (const part of this.started.filter(which).reverse()) {
      this.started.splice(this.started.indexOf(part), 1);
      try {
        await part.stop?.();
      } catch (error) {
        this.logger.error({ err: error, part: part.name }, 'a part did not stop in order');
      }
    }
  }
}
