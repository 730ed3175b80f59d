import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { insertIfAbsent } from '../../storage/queries.ts'

/** Consumes an assertion: remembers it until it expires. False when it was presented before. */
export async function consumeAssertion(
  db: Database,
  assertion: { readonly clientId: string; readonly jti: string; readonly expiresAt: Seconds },
): Promise<boolean> {
  return insertIfAbsent(
    db
      .insertInto('client_assertions')
      .values({ client_id: assertion.clientId, jti: assertion.jti, expires_at: assertion.expiresAt }),
  )
}

/** Prunes at most `limit` assertions that have expired by an instant; says how many. */
export async function pruneAssertions(
  db: Database,
  { before, limit }: { readonly before: Seconds; readonly limit: number },
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('client_assertions')
    .where((assertion) =>
      assertion(
        assertion.refTuple('client_id', 'jti'),
        'in',
        assertion
          .selectFrom('client_assertions')
          .select(['client_id', 'jti'])
          .where('expires_at', '<', before)
          .orderBy('expires_at')
          .limit(limit)
          .$asTuple('client_id', 'jti'),
      ),
    )
    .where('expires_at', '<', before)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
