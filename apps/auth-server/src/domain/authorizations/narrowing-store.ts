import type { Database } from '../../storage/database.ts'

/** A client or a resource that was narrowed, while authorizations that carry more may be left to revoke. */
export interface Narrowing {
  readonly kind: 'client' | 'resource'
  /** The id of the client, or the audience of the resource. */
  readonly name: string
}

/** Remembers that something was narrowed, in the transaction that narrows it. */
export async function insertNarrowing(transaction: Database, narrowing: Narrowing): Promise<void> {
  await transaction
    .insertInto('narrowings')
    .values(narrowing)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Everything that was narrowed and has authorizations left to revoke. */
export function listNarrowings(db: Database): Promise<readonly Narrowing[]> {
  return db.selectFrom('narrowings').selectAll().orderBy('kind').orderBy('name').execute()
}

/** Forgets a narrowing: everything that carried more is revoked. */
export async function removeNarrowing(db: Database, { kind, name }: Narrowing): Promise<void> {
  await db.deleteFrom('narrowings').where('kind', '=', kind).where('name', '=', name).execute()
}
