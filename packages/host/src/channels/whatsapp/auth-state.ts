import type { AuthenticationCreds, SignalDataSet, SignalDataTypeMap, SignalKeyStore } from '@whiskeysockets/baileys';
import type { AuthStore, StoredKey } from './auth-store.ts';
import type { WhatsAppLibrary } from './library.ts';

/** Kind and id of what the device is. */
const CREDS = { kind: 'creds', id: 'creds' } as const;

export interface AuthState {
  /** The library changes it in place; `saveCreds` keeps what it is by then. */
  readonly creds: AuthenticationCreds;
  readonly keys: SignalKeyStore;
  saveCreds(): void;
}

/** Whether a phone has linked this device, as far as is known here. */
export function isLinked(creds: AuthenticationCreds): boolean {
  return creds.me !== undefined && creds.account !== undefined && creds.account !== null;
}

/** What is stored, or a device that nobody has linked yet. */
export function openAuthState({ BufferJSON, initAuthCreds, proto }: WhatsAppLibrary, store: AuthStore): AuthState {
  const read = (text: string): unknown => JSON.parse(text, BufferJSON.reviver);
  const write = (value: unknown): string => JSON.stringify(value, BufferJSON.replacer);
  const known = store.find(CREDS.kind, CREDS.id);
  const stored = known === undefined ? undefined : (read(known) as AuthenticationCreds);
  // Keys of an attempt to link that came to nothing are of no use to the next one.
  const creds = stored !== undefined && isLinked(stored) ? stored : initAuthCreds();

  return {
    creds,
    saveCreds: () => store.save([{ ...CREDS, value: write(creds) }]),
    keys: {
      get<Kind extends keyof SignalDataTypeMap>(kind: Kind, ids: string[]) {
        const found: Record<string, SignalDataTypeMap[Kind]> = {};
        for (const id of ids) {
          const text = store.find(kind, id);
          if (text === undefined) continue;
          const value = read(text) as object;
          // The library wants this one as a message of its own kind.
          const isMessage = kind === 'app-state-sync-key';
          const whole: unknown = isMessage ? proto.Message.AppStateSyncKeyData.fromObject(value) : value;
          found[id] = whole as SignalDataTypeMap[Kind];
        }
        return found;
      },
      set(data: SignalDataSet) {
        const changes = Object.entries(data).flatMap(([kind, entries]) =>
          Object.entries(entries ?? {}).map(
            ([id, value]): StoredKey => ({ kind, id, value: value === null ? undefined : write(value) }),
          ),
        );
        store.save(changes);
      },
    },
  };
}
