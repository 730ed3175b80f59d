import { findClientRecord } from '../../domain/clients/client-store.ts'
import { ACCESS_TOKEN_TYPES, type AccessTokenType } from '../../domain/resources/resource.ts'
import type { Database } from '../../storage/database.ts'
import { Refusal, WrongUse } from '../output/refusal.ts'

/** Refuses who may not ask about tokens: whoever does must authenticate (RFC 7662 §2.1). */
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

/** Reads `--token-type`. */
export function parseTokenType(text: string): AccessTokenType {
  const tokenType = ACCESS_TOKEN_TYPES.find((type) => type === text)
  if (tokenType === undefined)
    throw new WrongUse(`--token-type must be one of ${ACCESS_TOKEN_TYPES.join(', ')}.`)
  return tokenType
}
