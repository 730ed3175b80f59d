import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { listSigningKeys } from '../src/domain/keys/key-store.ts'
import { revokeKey } from '../src/domain/keys/rotate-keys.ts'
import { stateOf } from '../src/domain/keys/signing-key.ts'
import type { Database } from '../src/storage/database.ts'
import { DATABASES, freshDatabase, replicasOfOneDatabase } from './support/databases.ts'
import { keyDeps, kidsOf, openReplica, POLICY, type Replica, statesOf } from './support/key-rotation.ts'
import { createTestClock } from './support/test-clock.ts'

/** The clock is told how long to run before each rotation. */
async function rotateAfter(
  clock: { readonly advance: (seconds: number) => void },
  replica: Replica,
  seconds: readonly number[],
): Promise<readonly (readonly string[])[]> {
  const events: (readonly string[])[] = []
  for (const step of seconds) {
    clock.advance(step)
    events.push(await replica.rotate())
  }
  return events
}

describe.each(DATABASES)('on %s, rotation', (kind) => {
  it('publishes, activates, retires and removes, each in its time', async () => {
    const clock = createTestClock()
    const db = await freshDatabase(kind)
    const replica = await openReplica(keyDeps(db, clock.now))
    const first = await replica.sign(30)

    const events = await rotateAfter(clock, replica, [79, 1, 19, 1, 20, 1])
    const second = await replica.sign(30)

    const rotated = ['key_retired', 'key_activated', 'key_published']
    expect(events).toEqual([['key_published'], [], [], rotated, [], ['key_removed']])
    expect(second).not.toBe(first)
    expect(await kidsOf(replica.ring)).toEqual([second, expect.any(String)])
  })

  it('is done once, however many replicas find it due', async () => {
    const clock = createTestClock()
    const databases = await replicasOfOneDatabase(kind, 4)
    const replicas: Replica[] = []
    for (const db of databases) replicas.push(await openReplica(keyDeps(db, clock.now)))

    await replicas[0]!.sign(1_000)

    clock.advance(80)
    const published = await Promise.all(replicas.map((replica) => replica.rotate()))
    clock.advance(20)
    const activated = await Promise.all(replicas.map((replica) => replica.rotate()))

    expect(published.flat()).toEqual(['key_published'])
    expect(activated.flat()).toEqual(['key_retired', 'key_activated', 'key_published'])
    expect(await statesOf(databases[0]!)).toEqual(['retired', 'active', 'pending'])
  })

  it('is followed by a replica that had no part in it, before the new key signs', async () => {
    const clock = createTestClock()
    const [one, other] = await replicasOfOneDatabase(kind, 2)
    const acting = await openReplica(keyDeps(one!, clock.now))
    const following = await openReplica(keyDeps(other!, clock.now))

    await rotateAfter(clock, acting, [80])
    await following.ring.refresh()
    const shown = await kidsOf(following.ring)
    await rotateAfter(clock, acting, [20])
    await following.ring.refresh()

    expect(shown).toContain(acting.ring.activeKid())
    expect(following.ring.activeKid()).toBe(acting.ring.activeKid())
  })

  it('goes on where a process died between two steps', async () => {
    const clock = createTestClock()
    const [one, other] = await replicasOfOneDatabase(kind, 2)
    const dying = await openReplica(keyDeps(one!, clock.now))
    await dying.sign(1_000)
    await rotateAfter(clock, dying, [80])

    const survivor = await openReplica(keyDeps(other!, clock.now))
    const [, next] = await kidsOf(survivor.ring)
    const events = await rotateAfter(clock, survivor, [19, 1])

    expect(events).toEqual([[], ['key_retired', 'key_activated', 'key_published']])
    expect(survivor.ring.activeKid()).toBe(next)
  })

  it('takes the steps of one rotation together or not at all', async () => {
    const clock = createTestClock()
    const db = await freshDatabase(kind)
    const replica = await openReplica(keyDeps(db, clock.now))
    await rotateAfter(clock, replica, [80])
    await forbidActivation(db, kind)

    clock.advance(20)
    await expect(replica.rotate()).rejects.toThrow('no activation today')

    expect(await statesOf(db)).toEqual(['active', 'pending'])
    await replica.sign(30)
  })

  it('never has two keys that sign, whoever writes them', async () => {
    const clock = createTestClock()
    const db = await freshDatabase(kind)
    const replica = await openReplica(keyDeps(db, clock.now))
    await rotateAfter(clock, replica, [80])

    const second = db.updateTable('signing_keys').set({ activated_at: 1 }).where('activated_at', 'is', null)

    await expect(second.execute()).rejects.toThrow(/unique/i)
  })

  it('redates what a wrong clock wrote, and counts the whole lead from then', async () => {
    const clock = createTestClock()
    const db = await freshDatabase(kind)
    clock.advance(1_000_000)
    const replica = await openReplica(keyDeps(db, clock.now))
    await replica.sign(30)
    await rotateAfter(clock, replica, [80])
    clock.advance(-1_000_000)

    const events = await rotateAfter(clock, replica, [0, 19, 1])
    const keys = await listSigningKeys(db)

    const now = clock.now()
    expect(events).toEqual([[], [], ['key_retired', 'key_activated', 'key_published']])
    expect(keys.find((key) => stateOf(key) === 'retired')).toMatchObject({ activatedAt: now - 20 })
    expect(keys.find((key) => stateOf(key) === 'active')).toMatchObject({
      publishedAt: now - 20,
      activatedAt: now,
    })
  })
})

describe('a retired key', () => {
  it('stays for the tokens of a longer lifetime than the settings say by then', async () => {
    const clock = createTestClock()
    const db = await freshDatabase('SQLite')
    const replica = await openReplica(keyDeps(db, clock.now))
    const kid = await replica.sign(500)

    await rotateAfter(clock, replica, [80, 20])
    await replica.sign(10)
    await rotateAfter(clock, replica, Array(40).fill(10))

    expect(clock.now()).toBeGreaterThan((await listSigningKeys(db))[0]!.publishedAt + 499)
    expect(await kidsOf(replica.ring)).toContain(kid)
  })

  it('stays for the replica whose tokens live longest', async () => {
    const clock = createTestClock()
    const [one, other] = await replicasOfOneDatabase('SQLite', 2)
    const short = await openReplica(keyDeps(one!, clock.now))
    const long = await openReplica(keyDeps(other!, clock.now))

    await short.sign(10)
    await long.sign(5_000)
    await short.sign(15)

    expect((await listSigningKeys(one!))[0]!.tokensExpireAt).toBe(clock.now() + 5_000 + 3_600)
  })

  it('is promised for once per lifetime, not once per token', async () => {
    const clock = createTestClock()
    const db = await freshDatabase('SQLite')
    const replica = await openReplica(keyDeps(db, clock.now))
    const promises = new Set<number>()

    for (let second = 0; second < 60; second++) {
      await Promise.all([replica.sign(30), replica.sign(30), replica.sign(20)])
      promises.add((await listSigningKeys(db))[0]!.tokensExpireAt)
      clock.advance(1)
    }

    expect(promises.size).toBe(2)
  })
})

describe('a replica that slept', () => {
  it('for a week shows and signs with what is true now', async () => {
    const clock = createTestClock()
    const [one, other] = await replicasOfOneDatabase('SQLite', 2)
    const awake = await openReplica(keyDeps(one!, clock.now))
    const asleep = await openReplica(keyDeps(other!, clock.now))
    await asleep.sign(30)
    await rotateAfter(clock, awake, Array(604_800 / 20_160).fill(20_160))

    const kid = await asleep.sign(30)

    expect(kid).toBe(awake.ring.activeKid())
    expect((await asleep.ring.currentKeySet()).keys).toEqual((await awake.ring.currentKeySet()).keys)
  })

  it('alone for a week publishes for the whole lead before it signs with a new key', async () => {
    const clock = createTestClock()
    const db = await freshDatabase('SQLite')
    const replica = await openReplica(keyDeps(db, clock.now))
    const kid = await replica.sign(30)

    const events = await rotateAfter(clock, replica, [604_800, POLICY.lead - 1])
    const meanwhile = await replica.sign(30)
    const rotated = await rotateAfter(clock, replica, [1])

    expect(events).toEqual([['key_published'], []])
    expect(meanwhile).toBe(kid)
    expect(rotated).toEqual([['key_retired', 'key_activated', 'key_published']])
  })

  it('for a moment does not sign a token that its retired key would not outlive', async () => {
    const clock = createTestClock()
    const [one, other] = await replicasOfOneDatabase('SQLite', 2)
    const awake = await openReplica(keyDeps(one!, clock.now))
    await rotateAfter(clock, awake, [80])
    const asleep = await openReplica(keyDeps(other!, clock.now))
    const old = await asleep.sign(30)
    await rotateAfter(clock, awake, [20])
    clock.advance(-18)

    const within = await asleep.sign(40)
    const beyond = await asleep.sign(3_600)

    expect(within).toBe(old)
    expect(beyond).toBe(awake.ring.activeKid())
  })

  it('does not sign with a key that was revoked meanwhile', async () => {
    const clock = createTestClock()
    const [one, other] = await replicasOfOneDatabase('SQLite', 2)
    const awake = await openReplica(keyDeps(one!, clock.now))
    const asleep = await openReplica(keyDeps(other!, clock.now))
    const revoked = await asleep.sign(30)
    await revokeKey(awake.deps, revoked)

    clock.advance(6)

    expect(await asleep.sign(1)).not.toBe(revoked)
  })
})

/** Makes the database fail in the middle of a rotation. */
async function forbidActivation(db: Database, kind: (typeof DATABASES)[number]): Promise<void> {
  if (kind === 'SQLite') {
    await sql`
      create trigger boom before update of activated_at on signing_keys
      begin select raise(abort, 'no activation today'); end`.execute(db)
    return
  }
  await sql`
    create function boom() returns trigger language plpgsql as
    $$ begin raise exception 'no activation today'; end $$`.execute(db)
  await sql`
    create trigger boom before update of activated_at on signing_keys
    for each row execute function boom()`.execute(db)
}
