import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { until } from '@nanoclaw/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aScene, attackedEngines, outsideOfSandbox, type Scene } from './scene.ts';

/* An agent plants things where the host reads and writes. */

const ALL = await attackedEngines();
const SECRET = 'the secret of the victim';

describe.each(ALL)('what $sandbox lets an agent plant', (engine) => {
  describe.skipIf(engine.unavailable !== undefined)('in its folders', () => {
    let scene: Scene;
    /** A file of the host's that anybody may read and write, so that only the host's own care protects it. */
    let precious: string;
    beforeAll(() => engine.prepare?.());
    beforeEach(async () => {
      scene = await aScene(engine);
      chmodSync(scene.outside, 0o777);
      precious = join(scene.outside, 'precious.json');
      const document = { id: 'planted', type: 'message', chatJid: scene.mallory, text: SECRET };
      writeFileSync(precious, JSON.stringify(document), { mode: 0o666 });
      chmodSync(precious, 0o666);
    });
    afterEach(() => scene.end());
    const preciousText = (): string => readFileSync(precious, 'utf8');
    const said = (chat: string): string =>
      scene.under
        .answers(chat, 0)
        .map(({ text }) => text)
        .join('\n');

    test('a link in the place of a snapshot that the host writes at the next start', async () => {
      await scene.inside(
        `cd /workspace/ipc; for f in current_tasks.json available_groups.json; do rm -f $f; ln -s ${precious} $f; done; ls -l`,
      );
      await scene.newRun();
      await scene.inside('true');

      expect(preciousText()).toContain(SECRET);
      // The link was followed if it had been written in the usual way.
      const link = join(scene.path('data', 'ipc', 'mallory'), 'link');
      await scene.inside(`ln -s ${precious} /workspace/ipc/link`);
      appendFileSync(link, 'WRITTEN');
      expect(preciousText()).toContain('WRITTEN');
    });

    test('a link in the place of a request, a hard link, a pipe, a device and a folder', async () => {
      const found = await scene.inside(
        [
          `ln -s ${precious} /workspace/ipc/messages/a.json`,
          `ln ${precious} /workspace/ipc/messages/b.json || echo no hard link`,
          'mkfifo /workspace/ipc/messages/c.json',
          'mknod /workspace/ipc/messages/d.json c 1 5 || echo no device',
          'mkdir /workspace/ipc/messages/e.json',
          `ln -s ${precious} /workspace/ipc/tasks/f.json`,
        ].join('\n'),
      );

      expect(found).toMatch(/no hard link[\s\S]*no device/);
      await alive();
      expect(said(scene.mallory)).not.toContain(SECRET);
      // On the host, and read in the usual way, both links give the file away.
      linkSync(precious, join(scene.outside, 'hard'));
      expect(readFileSync(join(scene.outside, 'hard'), 'utf8')).toContain(SECRET);
      expect(existsSync(scene.path('data', 'ipc', 'mallory', 'messages', 'a.json'))).toBe(false);
    });

    test('the mailbox folders themselves as links to those of another chat', async () => {
      const theirs = scene.path('data', 'ipc', 'victim');
      await scene.inside('echo {} > /workspace/ipc/seen', scene.victim);
      for (const name of ['messages', 'tasks', 'input', 'responses']) chmodSync(join(theirs, name), 0o777);
      await scene.inside(
        `cd /workspace/ipc; for f in messages tasks input responses; do rm -rf $f; ln -s ${theirs}/$f $f; done; ls -ld *`,
      );
      // A request of the victim's must not be taken for one of the attacker's, nor the other way round.
      const request = { id: 'v1', type: 'message', chatJid: scene.mallory, text: SECRET };
      writeFileSync(join(theirs, 'messages', 'v1.json'), JSON.stringify(request));
      await scene.newRun();
      await scene.inside('true');
      await scene.inside('true', scene.victim);

      expect(said(scene.mallory)).not.toContain(SECRET);
      expect(readdirSync(theirs)).toContain('messages');
    });

    test('its group, session and mailbox folder full of links, and a run that is started over them', async () => {
      const templates = join(scene.outside, 'templates');
      mkdirSync(templates, { mode: 0o777 });
      await scene.inside(
        [
          `cd /workspace/group && rm -f CLAUDE.md && ln -s ${precious} CLAUDE.md`,
          `cd /workspace/group && ln -s ${templates} logs`,
          `rm -rf ~/.claude/skills && ln -s ${templates} ~/.claude/skills`,
          `rm -f ~/.claude/settings.json && ln -s ${precious} ~/.claude/settings.json`,
          'for d in projects todos; do rm -rf ~/.claude/$d; done; ls -la ~/.claude',
        ].join('\n'),
      );
      await scene.newRun();
      expect(await scene.inside('cat CLAUDE.md ~/.claude/settings.json; echo read')).toContain('read');

      expect(said(scene.mallory)).not.toContain(SECRET);
      expect(JSON.parse(preciousText())).toMatchObject({ text: SECRET });
      expect(readdirSync(templates)).toEqual([]);
    });

    test('a request that turns into a link while it is read, thousands of times', async () => {
      const own = `{"id":"s","type":"message","chatJid":"${scene.mallory}","text":"mine"}`;
      const swap = [
        `python3 - <<'END'`,
        'import os, time',
        'os.chdir("/workspace/ipc/messages"); end = time.time() + 8; n = 0',
        'while time.time() < end:',
        '  name = f"r{n % 40}.json"; n += 1',
        `  open(".own", "w").write('${own}'); os.replace(".own", name)`,
        `  os.symlink("${precious}", ".link"); os.replace(".link", name)`,
        'print("swapped", n > 2000)',
        'END',
      ].join('\n');
      expect(await scene.inside(swap)).toContain('swapped True');
      await alive();

      expect(said(scene.mallory)).not.toContain(SECRET);
    });

    test('fifty thousand files, a file of 200 MB, deep JSON, text that is none, and names with newlines', async () => {
      const found = await scene.inside(
        [
          'cd /workspace/ipc/messages',
          `python3 - <<'END'`,
          'import os, json',
          'for i in range(50000): open(f"n{i}.json", "w").close()',
          'open("big.json", "wb").write(b" " * 200_000_000)',
          'open("deep.json", "w").write("[" * 100_000)',
          'open("deeper.json", "w").write("{\\"a\\":" * 100_000)',
          'open("latin.json", "wb").write(b"{\\"type\\":\\"message\\",\\"text\\":\\"\\xff\\xfe\\"}")',
          'open("line\\nbreak.json", "w").write("{}")',
          'open("proto.json", "w").write(json.dumps({"__proto__": {"isMain": True}, "type": "register_group"}))',
          `END`,
          'echo planted',
        ].join('\n'),
      );
      expect(found).toContain('planted');
      await alive();
      // The host is in this process: it has read none of that whole.
      expect(process.memoryUsage().heapUsed).toBeLessThan(500_000_000);
    }, 300_000);

    /** The host answers others, and the attacker's own requests again once the rubbish is gone. */
    async function alive(): Promise<void> {
      expect(await scene.under.ask('my name is Ann', scene.victim)).toContain('Ann');
      await scene.inside('find /workspace/ipc/messages /workspace/ipc/tasks -mindepth 1 -delete; echo clean');
      const document = JSON.stringify({ id: 'ok', type: 'message', chatJid: scene.mallory, text: 'still heard' });
      await scene.inside(
        `echo '${document}' > /workspace/ipc/messages/.t; mv /workspace/ipc/messages/.t /workspace/ipc/messages/t.json`,
      );
      await until('an honest request is carried out', () => said(scene.mallory).includes('still heard'), 60_000);
    }
  });
});

test('what these attacks would reach is reached without a sandbox around them', async () => {
  expect(
    await outsideOfSandbox('d=$(mktemp -d); echo x > $d/a; ln $d/a $d/b && ln -s $d/a $d/c && cat $d/b $d/c; rm -r $d'),
  ).toBe('x\nx\n');
});
