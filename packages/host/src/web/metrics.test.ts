import { afterEach, expect, test } from 'vitest';
import { aHome, type CliHome } from '../../../../test/cli/cli-home.ts';
import { metricsText } from './metrics.ts';

const homes: CliHome[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.remove();
});

test('the status is told in lines that Prometheus reads, whatever a name has in it', () => {
  const home = aHome();
  homes.push(home);
  const [channel] = home.status.channels;
  const odd = { ...channel, name: 'a"b\\c\nd', isConnected: false };
  const used = {
    requests: 3,
    inputTokens: 20,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 5,
    costUsd: 0.25,
  };
  const sources = { today: [{ name: 'main', ...used }], memoryBytes: 42 };
  const text = metricsText({ ...home.status, channels: [...home.status.channels, odd] as never }, sources);

  for (const line of [
    '# HELP nanoclaw_channel_up Whether a channel is connected.',
    '# TYPE nanoclaw_channel_up gauge',
    'nanoclaw_channel_up{channel="local"} 1',
    'nanoclaw_channel_up{channel="a\\"b\\\\c\\nd"} 0',
    'nanoclaw_queue_places{phase="running"} 1',
    'nanoclaw_turns{outcome="done"} 3',
    'nanoclaw_mended_total{name="lost-turn"} 1',
    'nanoclaw_day_cost_usd 0.0123',
    'nanoclaw_group_requests{group="main"} 3',
    'nanoclaw_group_cost_usd{group="main"} 0.25',
    'nanoclaw_group_tokens_out{group="main"} 5',
    'nanoclaw_process_memory_bytes 42',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).toMatch(
    /^(# (HELP|TYPE) nanoclaw_[a-z_]+ .+\n|nanoclaw_[a-z_]+(\{[a-z]+="([^"\\\n]|\\["\\n])*"\})? [\d.]+\n)+$/,
  );
});
