/** One line for the operator. It goes to standard error, which the host keeps as the log of the run. */
export type Log = (line: string) => void;
