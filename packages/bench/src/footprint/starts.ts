import type { Bench } from '../bench.ts'
import { spreadOf } from '../measurement/statistics.ts'
import { inWorkspace } from '../process/workspace.ts'
import { AUDIENCE, sqliteUrl, startAuthServer } from '../servers/auth-server.ts'
import { startResourceServer } from '../servers/resource-server.ts'

/** How often each server is started. */
const STARTS_PER_SERVER = 5

const SETTINGS = { AUTH_DEFAULT_AUDIENCE: AUDIENCE }

/**
 * The time from the start of the process until `/readyz` is ready: without any data, and with the data of an earlier
 * start.
 */
export function measureStarts(bench: Bench): Promise<void> {
  return inWorkspace(async (workspace) => {
    const found = { cold: [] as number[], warm: [] as number[], resource: [] as number[] }
    for (let index = 0; index < STARTS_PER_SERVER; index++) {
      bench.signal.throwIfAborted()
      const options = { databaseUrl: sqliteUrl(workspace, `start-${index}`), settings: SETTINGS }
      const cold = await startAuthServer(workspace, options)
      found.cold.push(cold.readyAfter)
      await cold.program.stop()

      const warm = await startAuthServer(workspace, options)
      found.warm.push(warm.readyAfter)
      const resource = await startResourceServer(workspace, warm.origin)
      found.resource.push(resource.readyAfter)
      await resource.program.stop()
      await warm.program.stop()
      bench.progress(
        `start ${index + 1}/${STARTS_PER_SERVER}: ${[cold, warm, resource].map(({ readyAfter }) => Math.round(readyAfter)).join(', ')} ms`,
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
