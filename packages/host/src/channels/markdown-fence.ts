/** A block of code in Markdown: the line that opens it, and how many backticks close it. */
export interface Fence {
  readonly opening: string;
  readonly ticks: number;
}

/** A line of at least three backticks and perhaps a name, also within a list. */
const OPENING = /^[^\S\n]*(`{3,})[^`\n]*$/;

const CLOSING = /^[^\S\n]*(`{3,})[^\S\n]*$/;

/** The fence that is open after a line, given the one that was open before it. A fence closes with as many ticks, or more. */
export function fenceAfter(line: string, open: Fence | undefined): Fence | undefined {
  if (open === undefined) {
    const ticks = OPENING.exec(line)?.[1]?.length;
    return ticks === undefined ? undefined : { opening: line, ticks };
  }
  const ticks = CLOSING.exec(line)?.[1]?.length ?? 0;
  return ticks >= open.ticks ? undefined : open;
}
