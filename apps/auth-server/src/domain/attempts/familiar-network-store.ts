import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'

/** A network from which a user or client has authenticated, both by their hash. */
export interface FamiliarNetwork {
  readonly subjectHash: string
  /** A subject has a fixed number of slots. The newest network in a slot replaces the one before. */
  readonly slot: number
  readonly networkHash: string
}

/** When this subject last authenticated from this network, as far as it is remembered; `undefined` when it is not. */
export async function findFamiliarNetwork(
  db: Database,
  { subjectHash, slot, networkHash }: FamiliarNetwork,
): Promise<Seconds | undefined> {
  const row = await db
    .selectFrom('familiar_networks')
    .select('seen_at')
    .where('subject_hash', '=', subjectHash)
    .where('slot', '=', slot)
    .where('network_hash', '=', networkHash)
    .executeTakeFirst()
  return row?.seen_at
}

/** Remembers a network, in place of what was in its slot. */
export async function saveFamiliarNetwork(
  db: Database,
  { subjectHash, slot, networkHash }: FamiliarNetwork,
  now: Seconds,
): Promise<void> {
  const row = { network_hash: networkHash, seen_at: now }
  await db
    .insertInto('familiar_networks')
    .values({ subject_hash: subjectHash, slot, ...row })
    .onConflict((conflict) => conflict.columns(['subject_hash', 'slot']).doUpdateSet(row))
    .execute()
}

/** Forgets at most `limit` networks that were not seen since an instant; says how many. */
export async function pruneFamiliarNetworks(
  db: Database,
  { before, limit }: { readonly before: Seconds; readonly limit: number },
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('familiar_networks')
    .where((network) =>
      network(
        network.refTuple('subject_hash', 'slot'),
        'in',
        network
          .selectFrom('familiar_networks')
          .select(['subject_hash', 'slot'])
          .where('seen_at', '<', before)
          .orderBy('seen_at')
          .limit(limit)
          .$asTuple('subject_hash', 'slot'),
      ),
    )
    // Again: until the row was ours somebody may have come from there.
    .where('seen_at', '<', before)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
