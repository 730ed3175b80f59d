import { askFor, laySiege } from '@countersign/bench/lay-siege'
import { expect, it } from 'vitest'
import { TEST_TIMEOUT_MS } from './support/processes.ts'
import { createFixture, runBoth } from './support/servers.ts'

/** The ways that used to keep others waiting for seconds, or to take 450 MB; all the others are in `pnpm bench siege`. */
const ATTACKS = ['tiny chunks', 'large forms', 'bodies', 'churn', 'mixed']

const SECONDS = 1.5

/** How long somebody may wait for an answer, in milliseconds, on a machine that has nothing else to do. */
const LONGEST_WAIT = 1_000

/** In bytes. */
const MOST_MEMORY = 300_000_000

it('whoever holds all places of both servers keeps nobody else waiting, and makes them no larger', {
  timeout: TEST_TIMEOUT_MS * 4,
}, async () => {
  const fixture = await createFixture()
  const { authServer, resourceServer } = await runBoth(fixture)
  const auth = { pid: authServer.pid, port: Number(new URL(fixture.authServer).port) }
  const resource = { pid: resourceServer.pid, port: Number(new URL(fixture.resourceServer).port) }

  for (const attack of ATTACKS) {
    for (const [server, other] of [
      [auth, resource],
      [resource, auth],
    ] as const) {
      // The server that is left alone shows what the machine itself takes.
      const [outcome, alone] = await Promise.all([
        laySiege({ ...server, attack, seconds: SECONDS }),
        askFor(SECONDS, other.port),
      ])

      const longest = LONGEST_WAIT + alone.slowest
      expect(outcome, attack).toMatchObject({ anew: { failed: 0 }, kept: { failed: 0 } })
      expect(outcome.anew.slowest, attack).toBeLessThan(longest)
      expect(outcome.kept.slowest, attack).toBeLessThan(longest)
      expect(outcome.memory, attack).toBeLessThan(MOST_MEMORY)
    }
  }
})
