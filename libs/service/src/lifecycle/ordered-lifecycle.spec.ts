import pino from 'pino';
import { LifecyclePart, OrderedLifecycle } from './ordered-lifecycle';

const silent = pino({ level: 'silent' });

describe('OrderedLifecycle', () => {
  const makeParts = (steps: string[], broken?: string): LifecyclePart[] =>
    ['store', 'sender', 'source'].map((name) => ({
      name,
      outlivesRequests: name === 'store',
      start: () => void steps.push(`start ${name}`),
      stop: () => {
        steps.push(`stop ${name}`);
        if (name === broken) throw new Error('stuck');
      },
    }));

  it('stops in the reverse order, what serves requests last, each part once', async () => {
    const steps: string[] = [];
    const lifecycle = new OrderedLifecycle(makeParts(steps), silent);
    await lifecycle.onApplicationBootstrap();
    await lifecycle.beforeApplicationShutdown();
    steps.push('requests closed');
    await lifecycle.onApplicationShutdown();
    expect(steps).toEqual([
      'start store',
      'start sender',
      'start source',
      'stop source',
      'stop sender',
      'requests closed',
      'stop store',
    ]);
  });

  it('stops the others where one fails to', async () => {
    const steps: string[] = [];
    const lifecycle = new OrderedLifecycle(makeParts(steps, 'source'), silent);
    await lifecycle.onApplicationBootstrap();
    await lifecycle.beforeApplicationShutdown();
    await lifecycle.onApplicationShutdown();
    expect(steps).toContain('stop sender');
    expect(steps).toContain('stop store');
  });

  it('stops only what was started', async () => {
    const steps: string[] = [];
    const parts = makeParts(steps);
    const failing: LifecyclePart = {
      name: 'failing',
      start: () => {
        throw new Error('no');
      },
    };
    const lifecycle = new OrderedLifecycle([...parts.slice(0, 1), failing, ...parts.slice(1)], silent);
    await expect(lifecycle.onApplicationBootstrap()).rejects.toThrow('no');
    await lifecycle.onApplicationShutdown();
    expect(steps).toEqual(['start store', 'stop store']);
  });
});
