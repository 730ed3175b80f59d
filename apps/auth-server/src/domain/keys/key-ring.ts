import type { Clock, Seconds } from '@countersign/shared'
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { Database } from '../../storage/database.ts'
import { DatabaseUnavailable, StartRefused } from '../../storage/errors.ts'
import { joinConcurrent, settledWithin } from '../../storage/join-concurrent.ts'
import { appliedMigrations } from '../../storage/migrate.ts'
import type { KeyEncryption } from './key-encryption.ts'
import { extendKeyTokensExpireAt, insertFirstSigningKey, listSigningKeys } from './key-store.ts'
import type { ProvenKey } from './prove-keys.ts'
import { type RefusedKey, sortKeys, wrongSecretProblem } from './prove-keys.ts'
import { type ActiveKey, activeKeyOf, expiryOf, signJwt } from './sign-jwt.ts'
import {
  type EncryptedKeyDeps,
  generateEncryptedKey,
  SIGNING_ALGORITHM,
  type SigningKey,
  stateOf,
} from './signing-key.ts'

export interface KeyRingDeps extends EncryptedKeyDeps {
  readonly db: Database
  readonly now: Clock
}

/** The ring is read every second. An older reading means that the process was paused, or has lost its database. */
const MAX_READING_AGE_SECONDS: Seconds = 5

/** How far `tokens_expire_at` is moved beyond what a token needs. A retired key may stay published that much too long. */
const MAX_EXTENSION_SECONDS: Seconds = 3600

/** How long the key set waits for the database; then it is published as it was last read. */
const REFRESH_TIMEOUT_MS = 1_000

/** A signature begins again when its key was retired meanwhile, or the row was extended for a shorter token. */
const MAX_SIGNING_ATTEMPTS = 5

/**
 * What this process knows of the signing keys. The database decides; the ring follows it with `refresh`, and imports a
 * private key once, not per token. It never signs with a key that is not published, and never a token that outlives the
 * instant until which the key's row promises to stay published. A process that was paused during a rotation does no harm
 * for that reason. It publishes only rows that our secret proves to be ours, and reports the others.
 *
 * This folder owns the keys, their rows and their rotation: `plan-rotation` decides, `rotate-keys` begins, `follow-plan`
 * writes. It does not own timers, nor what is signed.
 */
export class KeyRing {
  readonly #deps: KeyRingDeps
  #active: ActiveKey | undefined
  /** The keys that were proven when they were last read. */
  #proven: readonly ProvenKey[] = []
  #refused: readonly RefusedKey[] = []
  #keySet: JSONWebKeySet = { keys: [] }
  #readAt: Seconds = Number.NEGATIVE_INFINITY

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

  /** Reads the key rows again, or joins a reading that is under way. From then on this process signs and publishes by them. */
  readonly refresh: () => Promise<void> = joinConcurrent(() => this.#read())

  /**
   * Signs claims as a JWT of the given type (RFC 8725 §3.11) with the active key, which first promises to stay published
   * until their `exp`.
   */
  async sign(type: string, claims: object): Promise<string> {
    await this.#catchUp()
    return signJwt(await this.#keyPromisedUntil(expiryOf(claims)), type, claims)
  }

  /** The claims of a JWT of one of these types that one of our published keys signed; `undefined` for anything else. */
  async verify(types: readonly string[], jwt: string): Promise<JWTPayload | undefined> {
    const keySet = await this.currentKeySet()
    try {
      const { payload, protectedHeader } = await jwtVerify(jwt, createLocalJWKSet(keySet), {
        algorithms: [SIGNING_ALGORITHM],
        currentDate: new Date(this.#deps.now() * 1000),
      })
      return types.includes(protectedHeader.typ ?? '') ? payload : undefined
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined
      throw error
    }
  }

  /** The id of the key that signs now. */
  activeKid(): string {
    return this.#activeKey().kid
  }

  /** When the active key began to sign. */
  activeSince(): Seconds | undefined {
    return this.#active?.activatedAt
  }

  /** The rows that were no keys of ours at the last reading: somebody else writes to the database. */
  refusedKeys(): readonly RefusedKey[] {
    return this.#refused
  }

  /**
   * The public keys (RFC 7517 §5). They are read again first when the last reading is old, so that a process resumed
   * after a pause does not publish an outdated key set. Without a database they are published as they were last read.
   */
  async currentKeySet(): Promise<JSONWebKeySet> {
    // A failure is not reported here: the job that reads the ring every second reports it.
    if (!this.#isFresh()) {
      await settledWithin(this.refresh(), REFRESH_TIMEOUT_MS)
    }
    return this.#keySet
  }

  /** Rejects unless a signature made now verifies. */
  async proveUsable(): Promise<void> {
    const key = this.#activeKey()
    await jwtVerify(await signJwt(key, 'probe', {}), key.publicKey, { algorithms: [SIGNING_ALGORITHM] })
  }

  async #read(): Promise<void> {
    const readAt = this.#deps.now()
    const keys = await listSigningKeys(this.#deps.db)
    const { proven, refused, wrongSecret } = await sortKeys(this.#deps.encryption, keys)
    this.#refused = wrongSecret === undefined ? refused : []
    this.#proven = wrongSecret === undefined ? proven.map(({ proof }) => proof) : this.#stillHeld(keys)
    this.#keySet = { keys: this.#proven.map((key) => key.publicJwk) }

    const active = keys.find(
      (key) => stateOf(key) === 'active' && this.#proven.some(({ kid }) => kid === key.kid),
    )
    const proof = this.#proven.find(({ kid }) => kid === active?.kid)
    this.#active = active && proof && activeKeyOf(proof, active, this.#active)
    if (wrongSecret !== undefined && !this.#active) {
      throw new Error(
        `signing key ${wrongSecret} does not open with this AUTH_KEY_ENCRYPTION_SECRET: start this process with the one it is encrypted under`,
      )
    }
    this.#readAt = readAt
  }

  /**
   * The keys this process has proven before, whose rows are there as they were but for the encryption: the operator has
   * moved them to another secret, and this process goes on with what it holds until it is started with that.
   */
  #stillHeld(keys: readonly SigningKey[]): readonly ProvenKey[] {
    return this.#proven.filter(({ kid, publicJwk }) =>
      keys.some((key) => key.kid === kid && key.publicJwk.n === publicJwk.n),
    )
  }

  /** A clock that was set back makes the reading old, too: its age is unknown. */
  #isFresh(): boolean {
    const age = this.#deps.now() - this.#readAt
    return age >= 0 && age <= MAX_READING_AGE_SECONDS
  }

  /**
   * Reads the ring again before a signature when it may be old: its key may have been revoked. While the database is away
   * the ring goes on signing within what the row has promised: until then its key is published, unless it was revoked.
   * Whether to stop is decided elsewhere: no grant works without the database.
   */
  async #catchUp(): Promise<void> {
    if (this.#isFresh()) return
    try {
      await this.refresh()
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error
    }
  }

  /** The active key once its row promises to outlive a token that expires then. */
  async #keyPromisedUntil(expiry: Seconds | undefined): Promise<ActiveKey> {
    for (let tries = 0; tries < MAX_SIGNING_ATTEMPTS; tries++) {
      const key = this.#activeKey()
      if (expiry === undefined || expiry <= key.tokensExpireAt) return key
      // Calls that find the promise too short at the same moment wait for one write.
      await this.#extend(key, expiry)
    }
    throw new Error('the signing keys are rotated faster than they can be read')
  }

  /** Extends the promise further than needed: one write per lifetime of the longest token, not one per token. */
  readonly #extend = joinConcurrent(async ({ kid }: ActiveKey, expiry: Seconds): Promise<void> => {
    const ahead = Math.min(Math.max(expiry - this.#deps.now(), 0), MAX_EXTENSION_SECONDS)
    // Refused: the key was retired or revoked since we read. A reading that was under way may not have seen that yet.
    if (!(await extendKeyTokensExpireAt(this.#deps.db, kid, expiry + ahead))) return this.refresh()
    const held = this.#active
    if (held?.kid !== kid) return
    this.#active = { ...held, tokensExpireAt: Math.max(expiry + ahead, held.tokensExpireAt) }
  })

  #activeKey(): ActiveKey {
    if (!this.#active) throw new Error('no signing key is active')
    return this.#active
  }
}

/**
 * Throws `StartRefused` when no key in the database decrypts with this secret. One that does is enough: a row that
 * somebody else has put beside it does not keep the server from starting. Changes nothing; asks nothing of
 * a database that has no table of keys yet.
 */
export async function refuseWrongSecret(
  db: Database,
  encryption: KeyEncryption,
  nextSecretFile?: string,
): Promise<void> {
  if ((await appliedMigrations(db)).length === 0) return
  const { wrongSecret: kid } = await sortKeys(encryption, await listSigningKeys(db))
  if (kid === undefined) return
  throw new StartRefused(wrongSecretProblem(kid, nextSecretFile))
}

/** The first key signs at once: nobody has fetched a key set before it. */
async function publishFirstKey(deps: KeyRingDeps): Promise<void> {
  const key = await generateEncryptedKey(deps)
  const now = deps.now()
  await insertFirstSigningKey(deps.db, {
    ...key,
    publishedAt: now,
    signsFrom: now,
    activatedAt: now,
    retiredAt: undefined,
    tokensExpireAt: now,
  })
}
