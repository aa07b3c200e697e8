import { expect } from 'vitest';
import type { ProbeSession } from '../probe-session.ts';
import type { CheckContext } from '../sandbox-conformance.ts';
import { INSIDE } from './bench.ts';

type Finished = { code: number; stdout: string; stderr: string };

/** What an agent works with runs. */
export function toolChecks({ check, options }: CheckContext): void {
  check('node runs and is new enough', async (bench) => {
    const { probe } = bench.start();

    const { stdout } = await shell(probe, 'node --version');

    expect(Number(/^v(\d+)\./.exec(stdout)?.[1])).toBeGreaterThanOrEqual(options.nodeMajor);
  });

  check('the runner starts in the group folder', async (bench) => {
    const { probe } = bench.start();

    expect((await shell(probe, 'pwd')).stdout).toBe(`${INSIDE.readWrite}\n`);
  });

  check('a shell with a pipeline and a script of its own in the group folder runs', async (bench) => {
    const { probe } = bench.start();
    const script =
      'cd /workspace/group && printf "#!/bin/sh\\necho a b c\\n" > tool && chmod +x tool && ./tool | tr a-c x-z';

    expect((await shell(probe, script)).stdout).toBe('x y z\n');
  });

  const optional: Readonly<Record<string, readonly [script: string, output: RegExp]>> = {
    git: [
      'cd /tmp && git init -q r && cd r && git -c user.name=n -c user.email=e commit -q --allow-empty -m first && git log --format=%s',
      /^first\n$/,
    ],
    python3: ['python3 -c "import subprocess, json; print(json.dumps([1, 2]))"', /^\[1, 2\]\n$/],
    jq: ['echo "{\\"a\\":1}" | jq .a', /^1\n$/],
  };
  for (const [tool, [script, output]] of Object.entries(optional)) {
    check(`${tool} works where it is installed`, async (bench, context) => {
      const { probe } = bench.start();
      if ((await shell(probe, `command -v ${tool}`)).code !== 0) return context.skip(`${tool} is not in this sandbox`);

      const result = await shell(probe, script);

      expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(output) });
    });
  }

  check('the Claude program starts and tells its version', async (bench) => {
    const { probe } = bench.start({ limits: { ...bench.spec().limits, memoryBytes: 2 * 1024 ** 3 } });

    const result = await shell(probe, '/app/claude --version');

    expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });
}

function shell(probe: ProbeSession, script: string): Promise<Finished> {
  return probe.value('run', { argv: ['bash', '-c', script] });
}
