import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { StatementSync } from 'node:sqlite'
import { isMainThread } from 'node:worker_threads'

/**
 * Preloaded into the built authorization server (`node --import`). Adds up the time its database takes, for every
 * statement of `node:sqlite` and every query of `pg`, and reports it on the port `BENCH_DATABASE_TIME_PORT`. The server
 * itself does not know about it.
 */
export interface DatabaseTime {
  readonly statements: number
  readonly milliseconds: number
}

if (isMainThread) measureDatabaseTime(Number(process.env.BENCH_DATABASE_TIME_PORT))

function measureDatabaseTime(port: number): void {
  let [statements, milliseconds] = [0, 0]
  const count = (start: number): void => {
    statements += 1
    milliseconds += performance.now() - start
  }
  watchSqlite(count)
  watchPostgres(count)
  createServer((_request, response) => {
    response.end(JSON.stringify({ statements, milliseconds } satisfies DatabaseTime))
  })
    .listen(port, '127.0.0.1')
    .unref()
}

type Count = (start: number) => void

function watchSqlite(count: Count): void {
  for (const name of ['all', 'get', 'run'] as const) {
    const original: unknown = StatementSync.prototype[name]
    if (typeof original !== 'function') throw new Error(`node:sqlite has no ${name}`)
    Object.defineProperty(StatementSync.prototype, name, {
      value: function timed(this: StatementSync, ...args: readonly unknown[]): unknown {
        const start = performance.now()
        try {
          return Reflect.apply(original, this, args)
        } finally {
          count(start)
        }
      },
    })
  }
}

/** The server's own copy of `pg`, resolved from its main program. */
function watchPostgres(count: Count): void {
  const main = process.argv[1]
  if (main === undefined) throw new Error('there is no program to watch')
  const { Client } = createRequire(main)('pg') as { Client: { prototype: { query: unknown } } }
  const original = Client.prototype.query
  if (typeof original !== 'function') throw new Error('pg has no query')
  Client.prototype.query = function timed(this: unknown, ...args: readonly unknown[]): unknown {
    const start = performance.now()
    const result: unknown = Reflect.apply(original, this, args)
    if (result instanceof Promise) {
      const stop = () => count(start)
      result.then(stop, stop)
    }
    return result
  }
}
