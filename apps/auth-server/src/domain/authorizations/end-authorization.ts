import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { revokeAuthorizations } from './revoke-authorizations-store.ts'

/** Revokes one authorization, and with it every token of it. False when it was revoked already, or is unknown. */
export async function endAuthorization(db: Database, id: string, now: Seconds): Promise<boolean> {
  return (await revokeAuthorizations(db, [id], now)) > 0
}
