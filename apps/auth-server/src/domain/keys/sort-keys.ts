import type { KeyEncryption } from './key-encryption.ts'
import type { KeyProof, ProvenKey } from './prove-key.ts'
import type { SigningKey } from './signing-key.ts'

/** A row that is no key of ours, and why, as the end of a sentence. */
export interface RefusedKey {
  readonly kid: string
  readonly because: string
}

/** The rows of the signing keys: those that are ours, those that are not, and whether our secret is the right one. */
export interface SortedKeys {
  readonly proven: readonly (SigningKey & { readonly proof: ProvenKey })[]
  readonly refused: readonly RefusedKey[]
  /**
   * The first key when our secret opens none of them: then it is the secret that is wrong, and nothing is known of the
   * rows. When it opens one of them, it is the right one, and what it does not open was put there by another hand.
   */
  readonly wrongSecret: string | undefined
}

/** Tells our keys from rows that somebody without our secret has written, altered or renamed. */
export async function sortKeys(encryption: KeyEncryption, keys: readonly SigningKey[]): Promise<SortedKeys> {
  const proofs = await Promise.all(keys.map(async (key) => ({ key, proof: await encryption.prove(key) })))
  const opensNone = proofs.every(({ proof }) => proof.kind === 'unopened')
  return {
    proven: proofs.flatMap(({ key, proof }) =>
      proof.kind === 'proven' && problemOf(key, proof) === undefined ? [{ ...key, proof: proof.key }] : [],
    ),
    refused: proofs.flatMap(({ key, proof }) => {
      const because = problemOf(key, proof)
      return because === undefined ? [] : [{ kid: key.kid, because }]
    }),
    wrongSecret: opensNone ? keys[0]?.kid : undefined,
  }
}

function problemOf(key: SigningKey, proof: KeyProof): string | undefined {
  switch (proof.kind) {
    case 'unopened':
      return 'its private half does not open with AUTH_KEY_ENCRYPTION_SECRET'
    case 'altered':
      return proof.because
    case 'proven': {
      // SQLite keeps a text in a column of integers, and compares it with none of them.
      const dates = [
        key.publishedAt,
        key.signsFrom,
        key.activatedAt ?? 0,
        key.retiredAt ?? 0,
        key.tokensExpireAt,
      ]
      return dates.every(Number.isSafeInteger) ? undefined : 'its dates are no instants'
    }
    default:
      return proof satisfies never
  }
}

/** The ids of the rows that are no keys of ours. */
export function refusedKids({ refused }: SortedKeys): ReadonlySet<string> {
  return new Set(refused.map(({ kid }) => kid))
}
