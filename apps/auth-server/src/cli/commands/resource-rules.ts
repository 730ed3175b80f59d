import { formatScope } from '@countersign/shared'
import { findClientRecord, listClientRecords } from '../../domain/clients/client-store.ts'
import type { Resource } from '../../domain/resources/resource.ts'
import { findResources } from '../../domain/resources/resource-store.ts'
import { isIssuerScope } from '../../oauth/issuer-scope.ts'
import type { Database } from '../../storage/database.ts'
import { Refusal } from '../output/refusal.ts'

/** Each scope value of a client must still be known to one of its audiences, as when the client was added. */
export async function refuseOrphans(transaction: Database, before: Resource, after: Resource): Promise<void> {
  const lost = before.scope.filter((value) => !after.scope.includes(value) && !isIssuerScope(value))
  if (lost.length === 0) return
  for (const { client } of await listClientRecords(transaction)) {
    if (!client.audiences.includes(after.audience)) continue
    const others = client.audiences.filter((audience) => audience !== after.audience)
    const known = (await findResources(transaction, others)).flatMap((resource) => resource.scope)
    const orphans = lost.filter((value) => client.scope.includes(value) && !known.includes(value))
    if (orphans.length === 0) continue
    throw new Refusal(
      `Client ${client.id} is registered for ${formatScope(orphans)}, which no other audience of it knows: \`auth clients set ${client.id} --scope …\` takes that away first.`,
    )
  }
}

/** Refuses clients that may not ask about tokens: a client that asks must authenticate (RFC 7662 §2.1). */
export async function refuseUnknownIntrospectors(
  transaction: Database,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) {
    const registered = await findClientRecord(transaction, id)
    if (!registered)
      throw new Refusal(
        'There is no such client for --introspector: `auth clients list` shows those there are.',
      )
    if (registered.client.authentication.kind === 'none') {
      throw new Refusal(
        `Client ${id} is public, so anybody could ask in its name: name one that authenticates.`,
      )
    }
  }
}
