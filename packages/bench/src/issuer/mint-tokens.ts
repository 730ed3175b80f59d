import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { openDatabase } from '@countersign/auth-server/database'
import { createKeyEncryption } from '@countersign/auth-server/key-encryption'
import { secretBesideDatabase } from '@countersign/auth-server/key-encryption-secret'
import { KeyRing } from '@countersign/auth-server/key-ring'
import { generateSigningKey } from '@countersign/auth-server/signing-key'
import type { AccessTokenClaims } from '@countersign/shared'
import { STATUS_LIST_SIZE, systemClock } from '@countersign/shared'
import { decodeJwt } from 'jose'

/** Signs tokens with the key of a running authorization server. It uses the real code, without a sign-in for each token. */
export interface Mint {
  /** Signs a token with the claims of the template and these changes. */
  readonly sign: (changes?: Partial<AccessTokenClaims>) => Promise<string>
  readonly close: () => Promise<void>
}

/** Opens the key ring in the server's own database. The template is a token that this server has issued. */
export async function openMint(databaseFile: string, template: string): Promise<Mint> {
  const location = { kind: 'sqlite', path: databaseFile } as const
  const db = openDatabase(location)
  const keyRing = await KeyRing.open({
    db,
    encryption: createKeyEncryption(secretBesideDatabase(location)),
    generateKey: () => generateSigningKey(2048),
    now: systemClock,
  })
  const claims = decodeJwt<AccessTokenClaims>(template)

  return {
    sign: (changes = {}) =>
      keyRing.sign('at+jwt', {
        ...claims,
        jti: `${claims.jti.slice(0, -22)}${randomBytes(16).toString('base64url')}`,
        ...(claims.status && { status: elsewhere(claims.status) }),
        ...changes,
      }),
    close: () => db.destroy(),
  }
}

/** Gives each token its own authorization, with its own index in the status list. */
function elsewhere({ status_list }: NonNullable<AccessTokenClaims['status']>): AccessTokenClaims['status'] {
  return { status_list: { ...status_list, idx: randomInt(STATUS_LIST_SIZE) } }
}

/** How many signatures are computed at once: enough for every thread of the pool. */
const CONCURRENT_SIGNATURES = 8

/** Writes that many tokens, all different, one per line. */
export async function mintTokens(
  mint: Mint,
  { file, count, signal }: { readonly file: string; readonly count: number; readonly signal: AbortSignal },
): Promise<void> {
  const out = createWriteStream(file)
  for (let done = 0; done < count; done += CONCURRENT_SIGNATURES) {
    signal.throwIfAborted()
    const batch = await Promise.all(
      Array.from({ length: Math.min(CONCURRENT_SIGNATURES, count - done) }, () => mint.sign()),
    )
    out.write(`${batch.join('\n')}\n`)
  }
  out.end()
  await once(out, 'finish')
}
