import type { Linking, LinkWish } from './linking.ts';

/** One value that a channel needs, as `nanoclaw setup` asks for it and `.env` keeps it. */
export interface SetupField {
  /** Its name in `.env`. */
  readonly variable: string;
  readonly label: string;
  /** Where to find it, in one line. */
  readonly hint: string;
  /** It is typed unseen and never shown. */
  readonly isSecret: boolean;
  readonly isOptional?: boolean;
  /** What is wrong with a value at first sight, in a sentence that does not repeat it. */
  problemWith?(value: string): string | undefined;
}

export type SetupValues = Readonly<Record<string, string>>;

/** What trying the values at the platform has shown. Neither text holds a secret. */
export type SetupVerdict =
  | { readonly ok: true; readonly detail: string }
  | { readonly ok: false; readonly problem: string; readonly variable?: string };

/** Where what links a channel is kept, and what is set for it. */
export interface LinkPlace {
  /** `HomePaths.channelAuth`. */
  readonly authDirectory: string;
  readonly values: SetupValues;
}

/** How a channel is connected: what `nanoclaw setup <name>` asks, tries and says. One in each channel's `setup.ts`. */
export interface ChannelSetup {
  readonly name: string;
  readonly title: string;
  /** Its page below docs/channels. */
  readonly page: string;
  /** What its owner does at the platform before, a sentence each. */
  readonly steps: readonly string[];
  readonly fields: readonly SetupField[];
  /** Tries the values with the channel's own library. Never rejects. */
  verify(values: SetupValues, signal: AbortSignal): Promise<SetupVerdict>;
  /**
   * Where the platform links this machine to a phone: everything that the phone is to be shown, until one has linked it or
   * nobody did. No host runs on the home meanwhile. Never rejects.
   */
  link?(wish: LinkWish, place: LinkPlace, signal: AbortSignal): AsyncIterable<Linking>;
  /** What its owner writes where, so that the first round trip is seen. */
  readonly firstMessage: string;
}
