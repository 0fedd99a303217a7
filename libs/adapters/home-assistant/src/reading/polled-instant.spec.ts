import { EntityState } from '../entity-state/entity-state';
import { polledInstant } from './polled-instant';

const at = (ms: number) => new Date(1_800_000_000_000 + ms);
const states = (...updatedMs: (number | null)[]): EntityState[] =>
  updatedMs.map((ms, index) => ({
    entityId: `sensor.power_${index}`,
    state: '1',
    attributes: {},
    lastChangedAt: null,
    lastUpdatedAt: ms === null ? null : at(ms),
    lastReportedAt: null,
  }));

describe('polledInstant', () => {
  it.each([
    ['nothing has changed since it was asked', [-60_000, null], 0],
    ['something changed on the way there', [-60_000, 12], 12],
    ['there are no times', [null], 0],
    ['there are no states', [], 0],
    ['its clock is ahead of ours', [3_600_000], 40],
    ['its clock is behind ours', [-3_600_000], 0],
  ])('where %s', (_case, updatedMs, expectedMs) => {
    expect(polledInstant(states(...updatedMs), at(0), at(40))).toEqual(at(expectedMs));
  });
});
