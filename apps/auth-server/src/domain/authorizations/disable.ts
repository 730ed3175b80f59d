import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { markClientDisabled } from '../clients/client-store.ts'
import { markUserDisabled } from '../users/user-store.ts'
import { endAuthorizationsOfClient, endAuthorizationsOfSubject } from './end-authorization.ts'

/** Keeps a user out and ends all that was opened for them, in one transaction. Says how many authorizations that were. */
export function disableUser(db: Database, id: string, now: Seconds): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    await markUserDisabled(transaction, id, now)
    return endAuthorizationsOfSubject(transaction, id, now)
  })
}

/** Keeps a client out and ends all that it opened, in one transaction. Says how many authorizations that were. */
export function disableClient(db: Database, id: string, now: Seconds): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    await markClientDisabled(transaction, id, now)
    return endAuthorizationsOfClient(transaction, id, now)
  })
}
