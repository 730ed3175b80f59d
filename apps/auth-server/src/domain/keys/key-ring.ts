import type { Clock, Seconds } from '@countersign/shared'
import { type CryptoKey, importJWK, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose'
import type { Database } from '../../storage/database.ts'
import { appliedMigrations } from '../../storage/migrate.ts'
import { StartRefused } from '../../storage/start-refused.ts'
import type { KeyEncryption } from './key-encryption.ts'
import { insertFirstSigningKey, listSigningKeys } from './key-store.ts'
import { type KeyPair, SIGNING_ALGORITHM, type SigningKey, stateOf } from './signing-key.ts'

export interface KeyRingDeps {
  readonly db: Database
  readonly encryption: KeyEncryption
  /** Injected because RSA is slow: tests bring their own. */
  readonly generateKey: () => Promise<KeyPair>
  readonly now: Clock
  /** How long a token signed now may live. */
  readonly tokenLifetime: Seconds
}

interface ActiveKey {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
}

/**
 * What this process knows of the signing keys. The database decides; the ring follows it with `refresh`, and imports a
 * private key once, not per token. It never signs with a key that is not published.
 */
export class KeyRing {
  readonly #deps: KeyRingDeps
  #active: ActiveKey | undefined
  #keySet: JSONWebKeySet = { keys: [] }

  private constructor(deps: KeyRingDeps) {
    this.#deps = deps
  }

  /** Reads the keys, making the first one when there is none. */
  static async open(deps: KeyRingDeps): Promise<KeyRing> {
    if ((await listSigningKeys(deps.db)).length === 0) await publishFirstKey(deps)

    const ring = new KeyRing(deps)
    await ring.refresh()
    return ring
  }

  /** Reads the key rows again; what this process signs with and publishes follows from them at once. */
  async refresh(): Promise<void> {
    const keys = await listSigningKeys(this.#deps.db)
    const active = keys.findLast((key) => stateOf(key) === 'active')
    if (active?.kid !== this.#active?.kid) this.#active = active && (await this.#import(active))
    this.#keySet = { keys: keys.map((key) => key.publicJwk) }
  }

  /** Signs claims as a JWT of the given type (RFC 8725 §3.11) with the active key. */
  async sign(type: string, claims: object): Promise<string> {
    const { kid, privateKey } = this.#activeKey()
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: SIGNING_ALGORITHM, typ: type, kid })
      .sign(privateKey)
  }

  /** The public keys (RFC 7517 §5). */
  keySet(): JSONWebKeySet {
    return this.#keySet
  }

  /** Rejects unless a signature made now verifies. */
  async proveUsable(): Promise<void> {
    const { publicKey } = this.#activeKey()
    await jwtVerify(await this.sign('probe', {}), publicKey, { algorithms: [SIGNING_ALGORITHM] })
  }

  #activeKey(): ActiveKey {
    if (!this.#active) throw new Error('no signing key is active')
    return this.#active
  }

  async #import(key: SigningKey): Promise<ActiveKey> {
    const privateJwk = await this.#deps.encryption.decrypt(key.kid, key.privateJwe)
    if (!privateJwk) throw new Error(`signing key ${key.kid} does not decrypt with the key-encryption secret`)
    const [privateKey, publicKey] = await Promise.all([
      importJWK(privateJwk, SIGNING_ALGORITHM),
      importJWK(key.publicJwk, SIGNING_ALGORITHM),
    ])
    return { kid: key.kid, privateKey: privateKey as CryptoKey, publicKey: publicKey as CryptoKey }
  }
}

/**
 * Throws `StartRefused` when a key in the database does not decrypt with this secret. Changes nothing; asks nothing of
 * a database that has no table of keys yet.
 */
export async function refuseWrongSecret(db: Database, encryption: KeyEncryption): Promise<void> {
  if ((await appliedMigrations(db)).length === 0) return
  for (const key of await listSigningKeys(db)) {
    if (await encryption.decrypt(key.kid, key.privateJwe)) continue
    throw new StartRefused(
      `The signing key ${key.kid} in the database was not encrypted with this AUTH_KEY_ENCRYPTION_SECRET. ` +
        'Set the secret this database was made with; nothing has been changed.',
    )
  }
}

/** Nobody knows the key set of a server that never ran, so its first key need not be published before it signs. */
async function publishFirstKey({
  db,
  encryption,
  generateKey,
  now,
  tokenLifetime,
}: KeyRingDeps): Promise<void> {
  const { kid, publicJwk, privateJwk } = await generateKey()
  await insertFirstSigningKey(db, {
    kid,
    publicJwk,
    privateJwe: await encryption.encrypt(kid, privateJwk),
    publishedAt: now(),
    activatedAt: now(),
    retiredAt: undefined,
    tokensExpireAt: now() + tokenLifetime,
  })
}
