import type { Bench } from '../bench.ts'
import { spreadOf } from '../measurement/statistics.ts'
import { onStage } from '../process/stage.ts'
import { AUDIENCE, sqliteUrl, startAuthServer } from '../servers/auth-server.ts'
import { startResourceServer } from '../servers/resource-server.ts'

/** How often each is started. */
const TIMES = 5

const SETTINGS = { AUTH_DEFAULT_AUDIENCE: AUDIENCE }

/** From the start of the process until `/readyz` says yes: on nothing, and on what an earlier start has left. */
export function measureStarts(bench: Bench): Promise<void> {
  return onStage(async (stage) => {
    const found = { cold: [] as number[], warm: [] as number[], resource: [] as number[] }
    for (let index = 0; index < TIMES; index++) {
      bench.signal.throwIfAborted()
      const options = { databaseUrl: sqliteUrl(stage, `start-${index}`), settings: SETTINGS }
      const cold = await startAuthServer(stage, options)
      found.cold.push(cold.readyAfter)
      await cold.program.stop()

      const warm = await startAuthServer(stage, options)
      found.warm.push(warm.readyAfter)
      const resource = await startResourceServer(stage, warm.origin)
      found.resource.push(resource.readyAfter)
      await resource.program.stop()
      await warm.program.stop()
      bench.progress(
        `start ${index + 1}/${TIMES}: ${[cold, warm, resource].map(({ readyAfter }) => Math.round(readyAfter)).join(', ')} ms`,
      )

      bench.keep({
        title: 'Time to ready',
        note: 'Milliseconds from the start of `node` until `/readyz` answers 200. Without a database the authorization server creates it, makes a key and hashes a password.',
        columns: [{ key: 'ms', title: 'ms', digits: 0 }],
        rows: [
          { title: 'authorization server, no database yet', cells: { ms: spreadOf(found.cold) } },
          {
            title: 'authorization server, existing database',
            kind: 'ours',
            cells: { ms: spreadOf(found.warm) },
          },
          { title: 'resource server, issuer running', kind: 'ours', cells: { ms: spreadOf(found.resource) } },
        ],
      })
    }
  })
}
