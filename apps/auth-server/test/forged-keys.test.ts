import { createLogger } from '@countersign/http-service'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createKeyEncryption, reEncryptKeys } from '../src/domain/keys/key-encryption.ts'
import { KeyRing, refuseWrongSecret } from '../src/domain/keys/key-ring.ts'
import { insertSigningKey, listSigningKeys } from '../src/domain/keys/key-store.ts'
import { revokeKey, rotateKeys, startRotation } from '../src/domain/keys/rotate-keys.ts'
import { generateSigningKey, type KeyPair } from '../src/domain/keys/signing-key.ts'
import { keyJobs } from '../src/jobs/key-jobs.ts'
import type { Database } from '../src/storage/database.ts'
import { DATABASES, type DatabaseKind, freshDatabase } from './support/databases.ts'
import { keyDeps, kidsOf, openReplica } from './support/key-rotation.ts'
import { createTestClock } from './support/test-clock.ts'

/** RSA is slow: one pair of the attacker's for all tests. */
const theirs: Promise<KeyPair> = generateSigningKey(2048)

/** They can write the database, and do not have our secret. */
const THEIR_ENCRYPTION = createKeyEncryption(new Uint8Array(32).fill(7))

const UNOPENED = 'its private half does not open with AUTH_KEY_ENCRYPTION_SECRET'

async function open(kind: DatabaseKind) {
  const clock = createTestClock()
  const db = await freshDatabase(kind)
  const replica = await openReplica(keyDeps(db, clock.now))
  const first = await replica.sign(10)
  clock.advance(1)
  return { clock, db, replica, deps: replica.deps, first }
}

/** Adds a whole key of the attacker's, in the state that is asked for. */
async function forge(db: Database, state: 'pending' | 'active' | 'retired', at = 1): Promise<string> {
  const { kid, publicJwk, privateJwk } = await theirs
  await insertSigningKey(db, {
    kid,
    algorithm: 'RS256',
    publicJwk,
    privateJwe: await THEIR_ENCRYPTION.encrypt(kid, privateJwk),
    publishedAt: at,
    signsFrom: at,
    activatedAt: state === 'pending' ? undefined : at,
    retiredAt: state === 'retired' ? at : undefined,
    tokensExpireAt: 9_999_999_999,
  })
  return kid
}

describe.each(DATABASES)('a key that somebody has written into %s', (kind) => {
  it.each(['pending', 'retired'] as const)('as %s is neither published nor believed', async (state) => {
    const { db, replica, first } = await open(kind)
    const forged = await forge(db, state)

    await replica.rotate()
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: forged })
      .sign(
        await crypto.subtle.importKey(
          'jwk',
          (await theirs).privateJwk,
          { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
          false,
          ['sign'],
        ),
      )

    expect(await kidsOf(replica.ring)).toEqual([first, expect.any(String)])
    expect(await kidsOf(replica.ring)).not.toContain(forged)
    expect(await replica.ring.verify(['at+jwt'], token)).toBeUndefined()
    expect(replica.ring.refusedKeys()).toEqual([{ kid: forged, because: UNOPENED }])
    expect(await replica.sign(10)).toBe(first)
  })

  it('in place of the active one does not sign: a key of ours does as soon as the keys are looked after', async () => {
    const { db, replica, first } = await open(kind)
    await db.updateTable('signing_keys').set({ retired_at: 1 }).execute()
    const forged = await forge(db, 'active')

    const done = await replica.rotate()
    const signing = await replica.sign(10)

    expect(done).toEqual(['key_published', 'key_activated'])
    expect(await kidsOf(replica.ring)).toEqual([first, signing])
    expect(signing).not.toBe(forged)
  })

  it('as the next one is passed over when the keys are rotated', async () => {
    const { clock, db, replica, first } = await open(kind)
    const forged = await forge(db, 'pending', clock.now())
    await replica.sign(200)

    clock.advance(79)
    const published = await replica.rotate()
    clock.advance(20)
    const rotated = await replica.rotate()
    const second = await replica.sign(10)

    expect([published, rotated]).toEqual([
      ['key_published'],
      ['key_retired', 'key_activated', 'key_published'],
    ])
    expect([first, forged]).not.toContain(second)
    expect(await kidsOf(replica.ring)).toEqual([first, second, expect.any(String)])
    expect(await kidsOf(replica.ring)).not.toContain(forged)
  })

  it('keeps no verb of the operator from its work, and can be removed', async () => {
    const { db, deps, first } = await open(kind)
    const forged = await forge(db, 'pending')
    const next = createKeyEncryption(new Uint8Array(32).fill(1))

    const started = await startRotation(deps)
    const moved = await reEncryptKeys(db, { from: deps.encryption, to: next })
    const removed = await revokeKey({ ...deps, encryption: next }, forged)
    await refuseWrongSecret(db, next)

    expect(started).toMatchObject({ kind: 'published' })
    expect(moved).toEqual({ kind: 're_encrypted', count: 2, left: [forged] })
    expect(removed).toEqual({ kind: 'revoked', events: [{ event: 'key_revoked', kid: forged }] })
    expect((await listSigningKeys(db)).map(({ kid }) => kid)).toEqual([first, started.kid])
  })

  it('does not keep a server from starting', async () => {
    const { clock, db, deps, first } = await open(kind)
    await forge(db, 'retired')

    await refuseWrongSecret(db, deps.encryption)
    const ring = await KeyRing.open(keyDeps(db, clock.now))

    expect(await kidsOf(ring)).toEqual([first])
  })

  it.each<[string, () => Promise<Record<string, string>>, string]>([
    [
      'their public half',
      async () => ({ public_jwk: JSON.stringify((await theirs).publicJwk) }),
      'its public half is not that of its private half',
    ],
    [
      'a public half that is no JSON',
      async () => ({ public_jwk: '{' }),
      'its public half is not that of its private half',
    ],
    [
      'a public half that is null',
      async () => ({ public_jwk: 'null' }),
      'its public half is not that of its private half',
    ],
    ['another algorithm', async () => ({ algorithm: 'none' }), 'its algorithm is not RS256'],
    ['another kid', async () => ({ kid: 'renamed' }), 'its private half belongs to another kid'],
    ['a private half that is none', async () => ({ private_jwe: 'a.b.c.d.e' }), UNOPENED],
  ])('as %s of one of ours takes that one out, and no other', async (_what, change, because) => {
    const { db, replica, deps, first } = await open(kind)
    const { kid } = await startRotation(deps)
    await replica.ring.refresh()
    const changes = await change()
    await db.updateTable('signing_keys').set(changes).where('kid', '=', kid).execute()

    await replica.ring.refresh()
    const restarted = await KeyRing.open(deps)

    for (const ring of [replica.ring, restarted]) {
      expect(await kidsOf(ring)).toEqual([first])
      expect(ring.refusedKeys()).toEqual([{ kid: changes.kid ?? kid, because }])
    }
    expect(await replica.sign(10)).toBe(first)
  })

  it('adds nothing to what is published of ours', async () => {
    const { db, replica, first } = await open(kind)
    const [row] = await listSigningKeys(db)
    const more = { ...row!.publicJwk, x5u: 'https://attacker.example' }
    await db
      .updateTable('signing_keys')
      .set({ public_jwk: JSON.stringify(more) })
      .execute()

    await replica.rotate()
    const second = await replica.sign(10)

    expect(second).not.toBe(first)
    expect(await kidsOf(replica.ring)).toEqual([second])
    expect(JSON.stringify(await replica.ring.currentKeySet())).not.toContain('attacker')
  })
})

describe('a row of a key', () => {
  it('is proven once, however often the ring is read', async () => {
    const { db, deps } = await open('SQLite')
    const [row] = await listSigningKeys(db)

    const proof = deps.encryption.prove(row!)

    expect(deps.encryption.prove({ ...row!, tokensExpireAt: 5 })).toBe(proof)
    expect(await proof).toMatchObject({ kind: 'proven' })
  })

  it('whose dates are no instants takes no part', async () => {
    const { db, replica, deps, first } = await open('SQLite')
    const { kid } = await startRotation(deps)
    const text = 'soon' as unknown as number
    await db.updateTable('signing_keys').set({ signs_from: text }).where('kid', '=', kid).execute()

    await replica.rotate()

    expect(await kidsOf(replica.ring)).toEqual([first, expect.any(String)])
    expect(await kidsOf(replica.ring)).not.toContain(kid)
    expect(replica.ring.refusedKeys()).toEqual([{ kid, because: 'its dates are no instants' }])
  })

  it('that is no key of ours is told to the log loudly, and once', async () => {
    const { clock, db, replica, deps } = await open('SQLite')
    const logs: Record<string, unknown>[] = []
    const logger = createLogger({
      name: 'test',
      level: 'info',
      format: 'json',
      destination: { write: (line: string) => void logs.push(JSON.parse(line)) },
    })
    const jobs = keyJobs({ keyRing: replica.ring, rotateKeys: () => rotateKeys(deps), logger })
    const kid = await forge(db, 'pending')

    for (let second = 0; second < 3; second++) {
      clock.advance(1)
      for (const job of jobs) await job.run(new AbortController().signal)
    }

    expect(logs.filter(({ level }) => level === 'error')).toEqual([
      expect.objectContaining({ event: 'key_refused', kid, because: UNOPENED }),
    ])
  })
})
