import Sqlite from 'better-sqlite3';
import { describeError } from '../kernel/errors.ts';
import { MIGRATIONS, schemaVersion } from './migrate.ts';

/** What a database is like, found without changing a byte of it. */
export type Inspection =
  | { readonly kind: 'damaged'; readonly why: string }
  | { readonly kind: 'newer'; readonly schema: number; readonly known: number }
  | { readonly kind: 'sound'; readonly schema: number; readonly known: number; readonly mains: readonly string[] };

/** Looks a database over, beside a running host or without one. */
export function inspectDatabase(file: string): Inspection {
  const known = MIGRATIONS.at(-1)?.number ?? 0;
  let database: Sqlite.Database | undefined;
  try {
    database = new Sqlite(file, { readonly: true, fileMustExist: true });
    const schema = schemaVersion(database);
    if (schema > known) return { kind: 'newer', schema, known };
    const verdict = String(database.pragma('quick_check(1)', { simple: true }));
    if (verdict !== 'ok') return { kind: 'damaged', why: verdict };
    return { kind: 'sound', schema, known, mains: mainsOf(database) };
  } catch (error) {
    return { kind: 'damaged', why: describeError(error) };
  } finally {
    database?.close();
  }
}

/** A database of before the first migration has no such column. */
function mainsOf(database: Sqlite.Database): string[] {
  const columns = database.prepare("SELECT name FROM pragma_table_info('registered_groups')").pluck().all();
  if (!columns.includes('is_main')) return [];
  return database.prepare('SELECT jid FROM registered_groups WHERE is_main = 1').pluck().all().map(String);
}
