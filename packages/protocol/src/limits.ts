/** Limits on what may cross the wall. A sandbox is hostile: every one of them is enforced by the side that reads. */

/** Longest text of one outgoing message, in UTF-16 code units. Platforms split further. */
export const MAX_MESSAGE_CHARS = 100_000;

/** Longest prompt the host hands over in one piece, in UTF-16 code units. */
export const MAX_PROMPT_CHARS = 2_000_000;

/** Largest mailbox request or input document on disk, in bytes. */
export const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** Highest input number; file names are padded to its width so that name order is number order. */
export const MAX_INPUT_NUMBER = 999_999_999;
