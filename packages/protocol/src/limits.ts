/** Limits on what may cross the wall. A sandbox is hostile: every one of them is enforced by the side that reads. */

/** Longest text of one outgoing message, in UTF-16 code units. Platforms split further. */
export const MAX_MESSAGE_CHARS = 100_000;

/** Longest prompt the host hands over in one piece, in UTF-16 code units. */
export const MAX_PROMPT_CHARS = 2_000_000;

/** Largest mailbox request or input document on disk, in bytes. */
export const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** Highest input number; file names are padded to its width so that name order is number order. */
export const MAX_INPUT_NUMBER = 999_999_999;

/** Most tokens, US dollars and milliseconds that one result may claim: far above any real turn, far below overflow. */
export const MAX_TURN_TOKENS = 1_000_000_000;
export const MAX_TURN_COST_USD = 100_000;
export const MAX_TURN_DURATION_MS = 30 * 86_400_000;

/** Most messages that one search of a chat's history gives. */
export const MAX_FOUND_MESSAGES = 50;

/** Longest caption of a file and longest question, in UTF-16 code units: what chat apps take beside a picture. */
export const MAX_CAPTION_CHARS = 1_000;

/** Most answers that a question offers. */
export const MAX_OPTIONS = 10;

/** Longest time that a question waits, in seconds; a sandbox that is silent for longer is ended. */
export const MAX_QUESTION_SECONDS = 1_500;
