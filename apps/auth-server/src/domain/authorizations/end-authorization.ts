import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { endAuthorizationsWhere } from './authorization-store.ts'

/** Ends one authorization, and with it every token of it. False when it had ended already, or is unknown. */
export async function endAuthorization(db: Database, id: string, now: Seconds): Promise<boolean> {
  return (await endAuthorizationsWhere(db, { column: 'id', value: id }, now)) > 0
}

/** Ends every authorization that speaks for a user or, when it is a client's id, for that client itself. Says how many. */
export function endAuthorizationsOfSubject(db: Database, subject: string, now: Seconds): Promise<number> {
  return endAuthorizationsWhere(db, { column: 'subject', value: subject }, now)
}

/** Ends every authorization a client holds, whomever it speaks for. Says how many. */
export function endAuthorizationsOfClient(db: Database, clientId: string, now: Seconds): Promise<number> {
  return endAuthorizationsWhere(db, { column: 'client_id', value: clientId }, now)
}
