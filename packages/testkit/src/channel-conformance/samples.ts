/** A picture of one pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** Longer than any platform takes at once, without a word twice. */
export const LONG_TEXT = Array.from({ length: 8_000 }, (_, index) => `word${index}`).join(' ');
