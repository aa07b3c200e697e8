import { chmodSync } from 'node:fs';
import { createPracticeModel, listenPracticeModel, type RecordedRequest } from '@nanoclaw/model-practice';
import { until } from '@nanoclaw/testkit';
import { nowMs } from './row.ts';

/** The model API of a measurement: answers without latency and notes when each request arrived, by `nowMs`. */
export interface RecordingModel {
  /** Set when it listens on a port. */
  readonly url: string;
  /** How many model requests have arrived so far. */
  count(): number;
  /** The model request after the first `count` ones, once it has been read to its end. */
  requestAfter(count: number): Promise<RecordedRequest>;
  close(): Promise<void>;
}

/** On a free loopback port, or on a Unix socket that other users may connect to. */
export async function startRecordingModel(socketPath?: string): Promise<RecordingModel> {
  const model = createPracticeModel({ now: nowMs });
  const requests = (): RecordedRequest[] => model.requests.filter(({ path }) => path === '/v1/messages');
  const common = {
    count: () => requests().length,
    requestAfter: (count: number) =>
      until('the model API is asked', () => {
        const request = requests()[count];
        return request?.finished === 'answered' && request;
      }),
  };
  if (socketPath === undefined) {
    const { url, close } = await listenPracticeModel({ port: 0 }, model);
    return { ...common, url, close };
  }
  const { close } = await listenPracticeModel({ socketPath }, model);
  chmodSync(socketPath, 0o666);
  return { ...common, url: '', close };
}
