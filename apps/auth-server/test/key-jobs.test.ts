import { createLogger } from '@countersign/http-service'
import { describe, expect, it } from 'vitest'
import { rotateKeys } from '../src/domain/keys/rotate-keys.ts'
import { keyJobs } from '../src/jobs/key-jobs.ts'
import { freshDatabase } from './support/databases.ts'
import { keyDeps, openReplica } from './support/key-rotation.ts'
import { createTestClock } from './support/test-clock.ts'

describe('the jobs of the keys', () => {
  it('rotate them and say so in the log, each rotation one line', async () => {
    const clock = createTestClock()
    const replica = await openReplica(keyDeps(await freshDatabase('SQLite'), clock.now))
    const first = await replica.sign(60)
    const logs: Record<string, unknown>[] = []
    const logger = createLogger({
      name: 'test',
      level: 'info',
      format: 'json',
      destination: { write: (line: string) => void logs.push(JSON.parse(line)) },
    })
    const jobs = keyJobs({
      keyRing: replica.ring,
      rotateKeys: () => rotateKeys(replica.deps),
      logger,
    })

    // Published at once, rotated at the end of the lifetime, gone when its tokens are.
    for (const seconds of [0, 100, 81]) {
      clock.advance(seconds)
      for (const job of [...jobs].reverse()) await job.run(new AbortController().signal)
    }

    const second = replica.ring.activeKid()
    expect(logs.map(({ event, kid, msg }) => ({ event, kid, msg }))).toEqual([
      { event: 'key_published', kid: second, msg: 'key_published' },
      { event: 'key_retired', kid: first, msg: 'key_retired' },
      { event: 'key_activated', kid: second, msg: 'key_activated' },
      { event: 'key_published', kid: expect.any(String), msg: 'key_published' },
      { event: 'key_removed', kid: first, msg: 'key_removed' },
    ])
  })
})
