import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const checkout = new URL('../../../../../', import.meta.url);
const readJson = (path: string) => JSON.parse(readFileSync(new URL(path, checkout), 'utf8'));

describe('the versions in the image', () => {
  it('has the Claude program of the SDK that the runner is built with', () => {
    const { dependencies } = readJson('packages/agent/package.json');
    const { optionalDependencies } = readJson('container/package.json');
    const version = dependencies['@anthropic-ai/claude-agent-sdk'];

    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(optionalDependencies).toEqual({
      '@anthropic-ai/claude-agent-sdk-linux-arm64': version,
      '@anthropic-ai/claude-agent-sdk-linux-x64': version,
    });
  });

  it.each(['container', 'container/base'])('are pinned and name no registry in %s', (folder) => {
    const { dependencies, optionalDependencies } = readJson(`${folder}/package.json`);
    const lock = readFileSync(new URL(`${folder}/package-lock.json`, checkout), 'utf8');

    for (const version of Object.values({ ...dependencies, ...optionalDependencies })) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    }
    expect(lock).toContain('"integrity"');
    expect(lock).not.toContain('"resolved"');
  });
});
