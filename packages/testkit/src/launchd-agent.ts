import { parse } from 'plist';
import { z } from 'zod';

/** The keys of launchd.plist(5) that a service of ours may have; another one is a mistake. */
const LaunchdAgent = z.strictObject({
  Label: z.string().regex(/^[\w.-]+$/),
  ProgramArguments: z.array(z.string()).min(1),
  WorkingDirectory: z.string().startsWith('/'),
  EnvironmentVariables: z.record(z.string(), z.string()),
  RunAtLoad: z.literal(true),
  KeepAlive: z.literal(true),
  ThrottleInterval: z.number().int().positive(),
  ExitTimeOut: z.number().int().positive(),
  Umask: z.number().int().min(0).max(0o777),
  StandardOutPath: z.string().startsWith('/'),
  StandardErrorPath: z.string().startsWith('/'),
});
export type LaunchdAgent = z.infer<typeof LaunchdAgent>;

/** Reads a property list as launchd would. Throws for one that it would not take. */
export function readLaunchdAgent(text: string): LaunchdAgent {
  return LaunchdAgent.parse(parse(text));
}
