const METHODS = ['log', 'info', 'warn', 'error'] as const;

/** Where in a stack of calls the library's own file stands. */
const LIBSIGNAL = /[\\/]libsignal[\\/]/;

let isQuiet = false;

/**
 * libsignal prints whole sessions to the console, private keys included, and takes no logger. What it prints from here on
 * goes nowhere; what anybody else prints goes where it did.
 */
export function quietLibsignal(): void {
  if (isQuiet) return;
  isQuiet = true;
  for (const method of METHODS) {
    // biome-ignore lint/suspicious/noConsole: this is where another library's use of it ends.
    const print = console[method].bind(console);
    console[method] = (...words: unknown[]) => {
      const [, , caller = ''] = (new Error().stack ?? '').split('\n');
      if (!LIBSIGNAL.test(caller)) print(...words);
    };
  }
}
