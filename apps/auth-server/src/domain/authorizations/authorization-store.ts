import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { formatList } from '../../storage/list-column.ts'
import type { Authorization } from './authorization.ts'

/** Adds what was granted, and until when a token of it can live. */
export async function insertAuthorization(
  db: Database,
  authorization: Authorization,
  instants: { readonly now: Seconds; readonly tokensExpireAt: Seconds },
): Promise<void> {
  await db
    .insertInto('authorizations')
    .values({
      id: authorization.id,
      client_id: authorization.client.id,
      subject: authorization.subject,
      scope: formatList(authorization.scope),
      audience: formatList(authorization.audience),
      authenticated_at: authorization.signedIn?.at ?? null,
      created_at: instants.now,
      tokens_expire_at: instants.tokensExpireAt,
      ended_at: null,
    })
    .execute()
}
