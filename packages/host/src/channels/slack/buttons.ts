/** Longest text of a section, label of a button, and most buttons of a row (Block Kit). */
const MAX_SECTION_CHARS = 3_000;
const MAX_LABEL_CHARS = 75;
const MAX_BUTTONS = 25;

/** A question with a button for each choice; undefined where Slack takes no buttons of this kind. */
export function buttonBlocks(text: string, options: readonly string[]): object[] | undefined {
  if (text.length > MAX_SECTION_CHARS || options.length > MAX_BUTTONS || options.length === 0) return undefined;
  const elements = options.map((option, index) => ({
    type: 'button',
    action_id: `option-${index}`,
    text: { type: 'plain_text', text: labelOf(option) },
    value: option.slice(0, 2_000),
  }));
  return [
    { type: 'section', text: { type: 'mrkdwn', text } },
    { type: 'actions', elements },
  ];
}

/** The same in words. */
export function numberedOptions(text: string, options: readonly string[]): string {
  return [text, ...options.map((option, index) => `${index + 1}. ${option}`)].join('\n');
}

function labelOf(option: string): string {
  const whole = [...option];
  return option.length <= MAX_LABEL_CHARS ? option : `${whole.slice(0, MAX_LABEL_CHARS / 2).join('')}…`;
}
