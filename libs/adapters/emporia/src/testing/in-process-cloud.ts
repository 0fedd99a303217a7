import { EmporiaSimulator } from '@smart-meter/simulators';
import { Dispatcher, MockAgent } from 'undici';

/** What a cloud that is ill answers; null = it is well. */
export type Illness = () => { status: number; body?: string } | null;

/** The simulated cloud without sockets between, for tests that make a month's requests. */
export function inProcess(simulator: EmporiaSimulator, illness: Illness): Dispatcher {
  const agent = new MockAgent({ enableCallHistory: false });
  agent.disableNetConnect();
  agent
    .get(simulator.url)
    .intercept({ path: () => true, method: () => true })
    .reply((options) => {
      const ill = illness();
      if (ill) return { statusCode: ill.status, data: ill.body ?? '' };
      const url = new URL(options.path, simulator.url);
      const { status, headers, body } = simulator.handle({
        method: options.method ?? 'GET',
        path: url.pathname,
        query: url.searchParams,
        headers: Object.fromEntries(
          Object.entries((options.headers ?? {}) as Record<string, string>).map(([name, value]) => [
            name.toLowerCase(),
            value,
          ]),
        ),
        body: Buffer.from(String(options.body ?? '')),
      });
      return {
        statusCode: status,
        data: String(body ?? ''),
        responseOptions: { headers: headers as Record<string, string> },
      };
    })
    .persist();
  return agent;
}
