import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal } from '@smart-meter/journal';
import { correlatorSchema } from '../journal/correlator-schema';
import { EntityNames } from './entity-names';

const entity = (registryId: string, name: string) => ({
  registryId,
  entityId: `light.${name}`,
  device: null,
});
const rename = (from: string, to: string) => ({ from: `light.${from}`, to: `light.${to}` });

describe('EntityNames', () => {
  let journal: Journal;
  let names: EntityNames;
  beforeEach(() => {
    journal = Journal.open({
      dataDir: mkdtempSync(join(tmpdir(), 'names-')),
      timeZone: 'UTC',
      retentionDays: 30,
      outboxMaxBytes: 1e6,
      extensions: [correlatorSchema],
    });
    names = new EntityNames(journal);
  });
  afterEach(() => journal.close());

  it('finds out what was renamed, once, and that names were changed in a ring', () => {
    expect(names.observe([entity('1', 'a'), entity('2', 'b'), entity('3', 'c')])).toEqual([]);
    const now = [entity('1', 'b'), entity('2', 'a'), entity('3', 'd')];
    expect(names.observe(now)).toHaveLength(3);
    expect(names.observe(now)).toEqual([]);
    const waiting = names.waiting();
    // Made one by one they never take a name that another still has.
    const owners = new Map(['a', 'b', 'c'].map((name) => [`light.${name}`, name]));
    for (const { from, to } of waiting) {
      expect(owners.has(to)).toBe(false);
      owners.set(to, owners.get(from) ?? '');
      owners.delete(from);
    }
    expect(Object.fromEntries(owners)).toEqual({ 'light.b': 'a', 'light.a': 'b', 'light.d': 'c' });
    names.markMade();
    expect(names.waiting()).toEqual([]);
    expect([...names.formerNames()]).toEqual([['light.c', 'light.d']]);
    names.forgetFormerNames();
    expect(names.formerNames().size).toBe(0);
  });

  it('follows one that is renamed again and again', () => {
    names.observe([entity('1', 'a')]);
    names.renamed('light.a', 'light.b');
    names.renamed('light.b', 'light.c');
    expect(names.waiting()).toEqual([rename('a', 'b'), rename('b', 'c')]);
    names.markMade();
    expect(names.observe([entity('1', 'c')])).toEqual([]);
    expect([...names.formerNames()]).toEqual([
      ['light.a', 'light.c'],
      ['light.b', 'light.c'],
    ]);
  });

  it('does not take a device that comes back for the one that has its name now', () => {
    names.observe([entity('old', 'kitchen'), entity('new', 'hue_1')]);
    names.observe([entity('new', 'hue_1')]);
    expect(names.observe([entity('new', 'kitchen')])).toEqual([rename('hue_1', 'kitchen')]);
    expect(names.observe([entity('new', 'kitchen'), entity('old', 'kitchen_2')])).toEqual([]);
  });

  it('forgets nothing where a registry could not be had', () => {
    names.observe([entity('1', 'a')]);
    names.observe([]);
    expect(names.observe([entity('1', 'b')])).toEqual([rename('a', 'b')]);
  });
});
