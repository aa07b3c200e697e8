import type { ServicePlan } from './service-plan.ts';

/** What is known of the service; `facts` are sentences for the owner. */
export interface ServiceState {
  readonly isInstalled: boolean;
  readonly isRunning: boolean;
  /** Whether it is started when the machine is. */
  readonly startsAtBoot: boolean;
  readonly pid?: number;
  /** Where the unit, the property list or the pid file is. */
  readonly file: string;
  /** Which home it is for, where that can be told. */
  readonly home?: string;
  readonly facts: readonly string[];
}

/** Port: what keeps the host running when nobody is logged in. */
export interface ServiceManager {
  readonly kind: 'systemd' | 'launchd' | 'plain';
  /** In words. */
  readonly detail: string;
  /** What `install` would write, or the command line it would run. */
  print(plan: ServicePlan): string;
  /** Writes it, starts it, and starts it at boot. Idempotent: a running one is started anew. Throws 'service-failed'. */
  install(plan: ServicePlan): Promise<readonly string[]>;
  /** Stops it and removes what `install` wrote; false when there was nothing. */
  uninstall(name: string): Promise<boolean>;
  status(name: string): Promise<ServiceState>;
}
