import { expect, test } from '@jest/globals';

import { permissionErrorOf } from './permission-error.js';

const fault = (changes: object): Error => Object.assign(new Error('A system error: uv_os_homedir'), changes);

test.each([
  [
    { code: 'EACCES', syscall: 'mkdir', path: '/a/b' },
    /^This user \(uid 7\) may not write to \/a\/b \(EACCES\): give it/,
  ],
  [{ code: 'EROFS', syscall: 'open', path: '/a' }, /may not read \/a \(EROFS\)/],
  [{ code: 'ERR_SYSTEM_ERROR' }, /has no home folder: set HOME/],
])('says who may not do what, and what to do: %j', (changes, sentence) => {
  expect(permissionErrorOf(fault(changes), 7)).toMatchObject({
    code: 'PERMISSION_DENIED',
    message: expect.stringMatching(sentence),
  });
});

test('says what was wished for where the system call does not', () => {
  const thrown = fault({ code: 'EACCES', syscall: 'access', path: '/a' });
  expect(permissionErrorOf(thrown, undefined, 'write')?.message).toMatch(/^This user may not write to \/a /);
});

test('leaves other faults alone', () => {
  expect(permissionErrorOf(fault({ code: 'ENOENT', syscall: 'open', path: '/a' }), 7)).toBeUndefined();
  expect(permissionErrorOf(new Error('no'), 7)).toBeUndefined();
});
