/** Longest label of a button, buttons of a row, and rows of a message (Discord, "Components"). */
const MAX_LABEL_CHARS = 80;
const ROW_BUTTONS = 5;
const MAX_ROWS = 5;

/** Rows of buttons; undefined where Discord takes none of this kind, and the choices come as a list. */
export function buttonRows(options: readonly string[] | undefined): object[] | undefined {
  if (options === undefined || !areButtons(options)) return undefined;
  const buttons = options.map((label, index) => ({ type: 2, style: 2, label, custom_id: `option:${index}` }));
  const rows = Math.ceil(buttons.length / ROW_BUTTONS);
  return Array.from({ length: rows }, (_, row) => ({
    type: 1,
    components: buttons.slice(row * ROW_BUTTONS, (row + 1) * ROW_BUTTONS),
  }));
}

/** The choices in words, for those that cannot be buttons; empty otherwise. */
export function listOfOptions(options: readonly string[] | undefined): string {
  if (options === undefined || areButtons(options)) return '';
  return options.map((option, index) => `\n${index + 1}. ${option}`).join('');
}

function areButtons(options: readonly string[]): boolean {
  const isOne = (option: string): boolean => option.trim() !== '' && option.length <= MAX_LABEL_CHARS;
  return options.length > 0 && options.length <= ROW_BUTTONS * MAX_ROWS && options.every(isOne);
}
