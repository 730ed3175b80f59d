import { describe, expect, it } from 'vitest'
import { createKeyEncryption, reEncryptKeys } from '../src/domain/keys/key-encryption.ts'
import { listSigningKeys } from '../src/domain/keys/key-store.ts'
import {
  revokeAllKeys,
  revokeKey,
  rotateKeys,
  rotateNow,
  startRotation,
} from '../src/domain/keys/rotate-keys.ts'
import { DATABASES, freshDatabase, replicasOfOneDatabase } from './support/databases.ts'
import { keyDeps, kidsOf, openReplica, statesOf } from './support/key-rotation.ts'
import { createTestClock } from './support/test-clock.ts'

const OLD = createKeyEncryption(new Uint8Array(32))
const NEW = createKeyEncryption(new Uint8Array(32).fill(1))

async function openOne() {
  const clock = createTestClock()
  const db = await freshDatabase('SQLite')
  const replica = await openReplica(keyDeps(db, clock.now))
  const first = await replica.sign(1_000)
  // Keys are listed by when they were published.
  clock.advance(1)
  return { clock, db, replica, deps: replica.deps, first }
}

describe('a rotation that an operator starts', () => {
  it('publishes now and signs after the lead', async () => {
    const { clock, replica, deps, first } = await openOne()

    const started = await startRotation(deps)
    clock.advance(19)
    const before = await replica.rotate()
    clock.advance(1)
    const after = await replica.rotate()

    expect(started).toEqual({
      kind: 'published',
      kid: expect.any(String),
      signsFrom: clock.now(),
      events: [{ event: 'key_published', kid: started.kid }],
    })
    expect(before).toEqual([])
    expect(after).toEqual(['key_retired', 'key_activated', 'key_published'])
    expect(await kidsOf(replica.ring)).toEqual([first, started.kid, expect.any(String)])
    expect(await replica.sign(30)).toBe(started.kid)
  })

  it('in a hurry signs as soon as every replica has read its ring twice', async () => {
    const { clock, replica, deps } = await openOne()

    const started = await rotateNow(deps)
    clock.advance(2)
    const before = await replica.rotate()
    clock.advance(1)
    const after = await replica.rotate()

    expect(started).toMatchObject({ kind: 'published', signsFrom: clock.now() })
    expect([before, after]).toEqual([[], ['key_retired', 'key_activated', 'key_published']])
  })

  it('lets the standby sign when it has been published for the lead, or at once', async () => {
    const { clock, replica, deps } = await openOne()
    await replica.rotate()
    const [, standby] = await kidsOf(replica.ring)
    clock.advance(5)

    const started = await startRotation(deps)
    const hastened = await rotateNow(deps)
    const rotated = await replica.rotate()

    expect(started).toEqual({ kind: 'pending', kid: standby, signsFrom: clock.now() + 15 })
    expect(hastened).toEqual({ kind: 'pending', kid: standby, signsFrom: clock.now() })
    expect(rotated).toEqual(['key_retired', 'key_activated', 'key_published'])
    expect(replica.ring.activeKid()).toBe(standby)
  })

  it('takes a standby that has waited for longer than the lead at once', async () => {
    const { clock, replica, deps } = await openOne()
    await replica.rotate()
    clock.advance(21)

    const started = await startRotation(deps)

    expect(started).toMatchObject({ kind: 'pending', signsFrom: clock.now() })
  })

  it('is refused with another secret: the servers could not read that key', async () => {
    const { db, deps, first } = await openOne()

    const refused = await rotateNow({ ...deps, encryption: NEW })

    expect(refused).toEqual({ kind: 'wrong_secret', kid: first })
    expect(await statesOf(db)).toEqual(['active'])
  })

  it.each(DATABASES)('is one on %s, however many start it', async (kind) => {
    const clock = createTestClock()
    const databases = await replicasOfOneDatabase(kind, 4)
    await openReplica(keyDeps(databases[0]!, clock.now))

    const started = await Promise.all(databases.map((db) => startRotation(keyDeps(db, clock.now))))

    expect(started.map(({ kind: outcome }) => outcome).sort()).toEqual([
      'pending',
      'pending',
      'pending',
      'published',
    ])
    expect(new Set(started.map(({ kid }) => kid)).size).toBe(1)
  })
})

describe('a revoked key', () => {
  it('is gone at once: the standby signs, which verifiers have, and another is published', async () => {
    const { clock, replica, deps, first } = await openOne()
    await replica.rotate()
    const [, standby] = await kidsOf(replica.ring)
    clock.advance(1)

    const revocation = await revokeKey(deps, first)
    await replica.ring.refresh()

    const [, next] = await kidsOf(replica.ring)
    expect(revocation).toEqual({
      kind: 'revoked',
      events: [
        { event: 'key_revoked', kid: first },
        { event: 'key_activated', kid: standby },
        { event: 'key_published', kid: next },
      ],
    })
    expect(await kidsOf(replica.ring)).toEqual([standby, next])
    expect(await replica.sign(30)).toBe(standby)
  })

  it('gives way to a new one where there is no standby yet', async () => {
    const { replica, deps, first } = await openOne()

    await revokeKey(deps, first)
    await replica.ring.refresh()
    const second = await replica.sign(30)

    expect(await kidsOf(replica.ring)).toContain(second)
    expect(second).not.toBe(first)
    expect((await statesOf(deps.db)).toSorted()).toEqual(['active', 'pending'])
  })

  it('that was pending or retired leaves the active one alone', async () => {
    const { clock, replica, deps, first } = await openOne()
    const { kid } = await startRotation(deps)
    const pending = await revokeKey(deps, kid)
    await startRotation(deps)
    clock.advance(20)
    await replica.rotate()

    const retired = await revokeKey(deps, first)

    expect(pending).toEqual({
      kind: 'revoked',
      events: [
        { event: 'key_revoked', kid },
        { event: 'key_published', kid: expect.any(String) },
      ],
    })
    expect(retired).toEqual({ kind: 'revoked', events: [{ event: 'key_revoked', kid: first }] })
    expect(await statesOf(deps.db)).toEqual(['active', 'pending'])
  })

  it('is unknown when there is no such key, or another was faster', async () => {
    const { deps, first } = await openOne()

    const [one, other] = await Promise.all([revokeKey(deps, first), revokeKey(deps, first)])

    expect([one.kind, other.kind].sort()).toEqual(['revoked', 'unknown'])
    expect(await revokeKey(deps, 'key_nobody')).toEqual({ kind: 'unknown' })
    expect((await statesOf(deps.db)).toSorted()).toEqual(['active', 'pending'])
  })

  it.each(DATABASES)(
    'is one of all on %s when all are revoked: a new one signs, and none of the old is left',
    async (kind) => {
      const clock = createTestClock()
      const replica = await openReplica(keyDeps(await freshDatabase(kind), clock.now))
      await replica.rotate()
      const before = await kidsOf(replica.ring)

      const revocation = await revokeAllKeys(replica.deps)
      await replica.ring.refresh()

      expect(revocation).toMatchObject({
        kind: 'revoked',
        events: [
          ...before.map((kid) => ({ event: 'key_revoked', kid })),
          { event: 'key_published' },
          { event: 'key_activated' },
          { event: 'key_published' },
        ],
      })
      expect(await kidsOf(replica.ring)).toHaveLength(2)
      expect((await kidsOf(replica.ring)).filter((kid) => before.includes(kid))).toEqual([])
      expect(before).not.toContain(await replica.sign(30))
    },
  )

  it('is not revoked with another secret: its successor could not be read', async () => {
    const { deps, first } = await openOne()

    expect(await revokeKey({ ...deps, encryption: NEW }, first)).toEqual({ kind: 'wrong_secret', kid: first })
  })
})

describe('private keys under a new secret', () => {
  it.each(DATABASES)('are moved all together on %s', async (kind) => {
    const clock = createTestClock()
    const db = await freshDatabase(kind)
    const replica = await openReplica(keyDeps(db, clock.now))
    await startRotation(replica.deps)

    const moved = await reEncryptKeys(db, { from: OLD, to: NEW })

    expect(moved).toEqual({ kind: 're_encrypted', count: 2, left: [] })
    for (const { kid, privateJwe } of await listSigningKeys(db)) {
      expect(await OLD.decrypt(kid, privateJwe)).toBeUndefined()
      expect(await NEW.decrypt(kid, privateJwe)).toBeDefined()
    }
  })

  it('are moved once: who was interrupted does it again', async () => {
    const { db } = await openOne()
    await reEncryptKeys(db, { from: OLD, to: NEW })

    expect(await reEncryptKeys(db, { from: OLD, to: NEW })).toEqual({
      kind: 're_encrypted',
      count: 0,
      left: [],
    })
  })

  it('stay as they are when the old secret is wrong', async () => {
    const { db, first } = await openOne()
    const before = await listSigningKeys(db)
    const wrong = createKeyEncryption(new Uint8Array(32).fill(2))

    expect(await reEncryptKeys(db, { from: wrong, to: NEW })).toEqual({ kind: 'wrong_secret', kid: first })
    expect(await listSigningKeys(db)).toEqual(before)
  })

  it('leave a server that runs with the old secret signing, and rotating nothing', async () => {
    const { clock, db, replica, deps, first } = await openOne()
    await reEncryptKeys(db, { from: OLD, to: NEW })
    clock.advance(79)

    await expect(rotateKeys(deps)).rejects.toThrow('does not open with this AUTH_KEY_ENCRYPTION_SECRET')

    expect(await replica.sign(30)).toBe(first)
    expect(await rotateKeys({ ...deps, encryption: NEW })).toMatchObject([{ event: 'key_published' }])
  })

  it('stop a server that cannot read the key it should sign with', async () => {
    const { db, replica, deps, first } = await openOne()
    await reEncryptKeys(db, { from: OLD, to: NEW })
    await revokeKey({ ...deps, encryption: NEW }, first)

    await expect(replica.ring.refresh()).rejects.toThrow(
      'start this process with the one it is encrypted under',
    )

    await expect(replica.ring.proveUsable()).rejects.toThrow('no signing key is active')
    expect(await kidsOf(replica.ring)).not.toContain(first)
  })
})
