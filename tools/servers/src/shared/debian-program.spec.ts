import { DebianProgram } from './debian-program';

describe('DebianProgram', () => {
  it('finds a program on PATH', () => {
    const node = new DebianProgram('node', 'nodejs');
    expect(node.availability()).toEqual({ available: true });
    expect(node.path()).toMatch(/\/node$/);
  });

  it('says why a program cannot be had', () => {
    const unknown = new DebianProgram('no-such-program', '-no-such-package-');
    expect(unknown.path()).toBeUndefined();
    expect(unknown.availability()).toEqual({
      available: false,
      reason: expect.stringMatching(/no-such|Debian/),
    });
  });
});
