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
  /** What its owner writes where, so that the first round trip is seen. */
  readonly firstMessage: string;
}
