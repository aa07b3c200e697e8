import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { controlRequest } from './control-request.ts';
import { engines } from './engines.ts';
import { aHost, type HostUnderTest } from './host-under-test.ts';

const ALL = await engines();

describe.each(ALL)('what the owner lets an agent see in $sandbox', (engine) => {
  describe.skipIf(engine.unavailable !== undefined)('when it is there', () => {
    let under: HostUnderTest;
    let owner: string;
    beforeAll(() => engine.prepare?.());
    beforeEach(() => {
      owner = mkdtempSync(join(tmpdir(), 'nanoclaw-owner-'));
      for (const name of ['read', 'write', 'config']) mkdirSync(join(owner, name));
      // A host that is root gives its sandboxes another user.
      chmodSync(owner, 0o755);
      chmodSync(join(owner, 'write'), 0o777);
      writeFileSync(join(owner, 'read', 'a'), 'from the owner');
      const rules = {
        allowedRoots: [{ path: owner, allowReadWrite: true }],
        blockedPatterns: [],
        nonMainReadOnly: true,
      };
      writeFileSync(join(owner, 'config', 'mount-allowlist.json'), JSON.stringify(rules));
    });
    afterEach(async () => {
      await under.end();
      rmSync(owner, { recursive: true, force: true });
    });

    test('is there, with the access it allows; main sees the source besides, and cannot change it', async () => {
      under = await aHost({ engine, settings: { NANOCLAW_CONFIG_HOME: join(owner, 'config') } });
      const wish = (name: string, readonly: boolean) => ({ hostPath: join(owner, name), readonly });
      await controlRequest(join(under.home, 'data', 'nanoclaw.sock'), {
        method: 'PATCH',
        path: '/groups/main',
        body: { mounts: [wish('read', true), wish('write', false), wish('config', true)] },
      });
      const tries = [
        'cat read/a',
        'echo x > read/b',
        'echo mine > write/b',
        'ls',
        'echo y > /workspace/project/README.md',
      ];
      const answer = await under.ask(
        `run \`cd /workspace/extra; for t in "${tries.join('" "')}"; do sh -c "$t" || echo refused; done; head -n 1 /workspace/project/README.md; ls -A /workspace/project\``,
      );

      expect(answer).toMatch(/from the owner[\s\S]*refused[\s\S]*^read\nwrite\n[\s\S]*refused[\s\S]*# NanoClaw/m);
      expect(answer).not.toMatch(/^(\.env|\.git|store|data|groups|node_modules)$/m);
      expect(readFileSync(join(owner, 'write', 'b'), 'utf8')).toBe('mine\n');
    });
  });
});
