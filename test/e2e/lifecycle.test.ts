import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listenPracticeModel, type PortListener } from '@nanoclaw/model-practice';
import { until } from '@nanoclaw/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { engines, PRODUCT_IMAGE } from './engines.ts';
import { aHome } from './host-process.ts';

const ALL = await engines();

describe.each(ALL)('the life of a host with $sandbox', (engine) => {
  describe.skipIf(engine.unavailable !== undefined)('when it is there', () => {
    let home: ReturnType<typeof aHome>;
    let model: PortListener;
    beforeAll(() => engine.prepare?.());
    beforeEach(async () => {
      model = await listenPracticeModel({ port: 0 });
      home = aHome({
        SANDBOX: engine.sandbox,
        CONTAINER_IMAGE: PRODUCT_IMAGE,
        ANTHROPIC_API_KEY: 'sk-ant-test-key',
        ANTHROPIC_BASE_URL: model.url,
      });
    });
    afterEach(async () => {
      await home.end();
      await model.close();
    });

    test('one ^C lets the turn at hand finish; its answer is there after the next start', async () => {
      model.model.enqueue({ kind: 'text', text: 'the slow answer', chunks: 10, delayMs: 150 });
      const host = await home.start();
      const asked = home.begin(['chat', 'please think']);
      await until('the model was asked', () => model.model.requests.length > 0);

      host.child.kill('SIGINT');
      const { code } = await host.ended;
      await asked.ended;

      expect(code).toBe(0);
      expect(existsSync(join(home.home, 'data', 'nanoclaw.lock'))).toBe(false);
      expect(home.processes()).toEqual([]);
      const { stdout } = await home.run(['messages', 'local:main', '--json']);
      expect(stdout).toContain('the slow answer');
    });

    test('a second ^C stops at once, leaves nothing running, and the message is answered after the next start', async () => {
      model.model.enqueue({ kind: 'stall', text: 'never ends' });
      const host = await home.start();
      const asked = home.begin(['chat', 'my name is Ann']);
      await until('the model was asked', () => model.model.requests.length > 0);

      host.child.kill('SIGINT');
      await until('the host says that it drains', () => host.output.stderr.includes('host.stopping'));
      host.child.kill('SIGINT');
      const { code } = await host.ended;
      await asked.ended;

      expect(code).not.toBeNull();
      expect(home.processes()).toEqual([]);
      await home.start();
      const answered = async (): Promise<boolean> => {
        return (await home.run(['messages', 'local:main'])).stdout.includes('Nice to meet you, Ann');
      };
      await until('the message is answered', answered);
    });

    test('a host that is killed leaves no sandbox behind for long, and its message is answered by the next', async () => {
      model.model.enqueue({ kind: 'stall', text: 'never ends' });
      const host = await home.start();
      const asked = home.begin(['chat', 'my name is Ann']);
      await until('the model was asked', () => model.model.requests.length > 0);

      host.child.kill('SIGKILL');
      await host.ended;
      await asked.ended;
      await home.start();

      await until('the message is answered', async () => {
        return (await home.run(['messages', 'local:main'])).stdout.includes('Nice to meet you, Ann');
      });
      const list = await home.run(['sandbox', 'list', '--json']);
      expect(JSON.parse(list.stdout)).toHaveLength(1);
    });
  });
});
