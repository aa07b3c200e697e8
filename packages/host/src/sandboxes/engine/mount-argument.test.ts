import { describe, expect, it } from 'vitest';
import { mountArgument } from './mount-argument.ts';

describe('a mount for docker', () => {
  it.each([
    ['/a/b', 'type=bind,source=/a/b,target=/x'],
    ['/a:ro/b:c', 'type=bind,source=/a:ro/b:c,target=/x'],
    ['/a,readonly', 'type=bind,"source=/a,readonly",target=/x'],
    ['/a"b', 'type=bind,"source=/a""b",target=/x'],
    ['/a","target=/etc', 'type=bind,"source=/a"",""target=/etc",target=/x'],
    ['/a=b', 'type=bind,source=/a=b,target=/x'],
    ["/a'$(b) `c`", "type=bind,source=/a'$(b) `c`,target=/x"],
    ['/日本', 'type=bind,source=/日本,target=/x'],
  ])('carries %s exactly', (source, argument) => {
    expect(mountArgument({ source, target: '/x', mode: 'read-write' })).toBe(argument);
  });

  it('says read-only at the end', () => {
    expect(mountArgument({ source: '/a', target: '/x', mode: 'read-only' })).toBe(
      'type=bind,source=/a,target=/x,readonly',
    );
  });

  it.each(['/a\nb', '/a\r\nb', '/a\0b', '/a\x7f', '/a ', 'relative', ''])('refuses %j as either end', (path) => {
    expect(() => mountArgument({ source: path, target: '/x', mode: 'read-only' })).toThrow('rename the folder');
    expect(() => mountArgument({ source: '/x', target: path, mode: 'read-only' })).toThrow('rename the folder');
  });
});
