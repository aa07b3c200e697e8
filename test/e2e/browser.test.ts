import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BROWSER_IMAGE, engines, ensureBrowserImage } from './engines.ts';
import { aHost, type HostUnderTest } from './host-under-test.ts';

/* The browser needs an image that has one, so this is for Docker alone; what is around it is the same everywhere. */

const engine = (await engines()).find(({ sandbox }) => sandbox === 'docker');

/** The internet of this test: one site, on this machine. */
const dial = {
  isAllowed: (address: string) => address === '127.0.0.1',
  resolve: async (host: string) => (host.endsWith('.test') ? [{ address: '127.0.0.1', family: 4 }] : []),
};

const PAGE = `<!doctype html><title>Sign up</title>
<form method="post" action="/signed"><label>Name <input name="name"></label><button>Sign up</button></form>
<script>document.body.append('made by a script')</script>`;

describe.skipIf(engine === undefined || engine.unavailable !== undefined)('the browser skill', () => {
  let under: HostUnderTest;
  let site: Server;
  const posted: string[] = [];
  beforeAll(async () => {
    await ensureBrowserImage();
    site = createServer(async (request, response) => {
      if (request.method === 'POST') posted.push(await readText(request));
      response.setHeader('content-type', 'text/html');
      response.end(request.method === 'POST' ? '<title>Done</title><p>Welcome, Ann' : PAGE);
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    if (engine !== undefined) under = await aHost({ engine, dial, settings: { CONTAINER_IMAGE: BROWSER_IMAGE } });
  });
  afterAll(async () => {
    await under?.end();
    site.close();
    site.closeAllConnections();
  });

  test('opens a page through the gateway, fills a form, clicks, and sends a picture of what comes', async () => {
    const { port } = site.address() as AddressInfo;
    const script = [
      `agent-browser open http://site.test:${port}/`,
      'agent-browser snapshot -i | tee snapshot.txt',
      'agent-browser get text body',
      'field=@$(grep -i textbox snapshot.txt | grep -oE "e[0-9]+" | head -1)',
      'button=@$(grep -i button snapshot.txt | grep -oE "e[0-9]+" | head -1)',
      'agent-browser fill "$field" Ann',
      'agent-browser click "$button"',
      'agent-browser wait --load networkidle',
      'agent-browser get title',
      'agent-browser screenshot /workspace/group/shot.png',
      'agent-browser close',
    ].join('\n');
    writeFileSync(join(under.home, 'groups', 'main', 'browse.sh'), script);

    const answer = await under.ask('run `bash browse.sh 2>&1`');
    expect(answer).toContain('made by a script');
    expect(answer).toContain('Done');
    expect(posted).toEqual(['name=Ann']);

    await under.ask('use the tool send_file with {"path": "shot.png", "caption": "the page"}');
    const [sent] = under.answers('local:main', 0).filter(({ files }) => files !== undefined);
    expect(sent).toMatchObject({ text: '[image: shot.png] the page', files: [{ type: 'image', name: 'shot.png' }] });
    expect(
      readFileSync(sent?.files?.[0]?.path ?? '')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });
});
