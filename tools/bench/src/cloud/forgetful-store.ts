import { DocumentStore } from '@smart-meter/meter-adapter';

/** Keeps no session. */
export class ForgetfulStore implements DocumentStore {
  load(): Promise<unknown> {
    return Promise.resolve(undefined);
  }

  save(): Promise<void> {
    return Promise.resolve();
  }
}
