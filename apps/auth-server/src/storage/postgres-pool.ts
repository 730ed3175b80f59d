import { connect } from 'node:net'
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import { Client, DatabaseError, Pool, type PoolClient, types } from 'pg'
import { DatabaseUnavailable, OutcomeUnknown } from './errors.ts'
import { WITHOUT_TIMEOUT } from './postgres-dialect.ts'
import { type PostgresLocation, tlsOptions } from './postgres-location.ts'

/** How long after the statement timeout an answer may arrive; then the connection is closed. */
const ANSWER_GRACE_MS = 1_000

/** A process that freezes inside a transaction keeps its locks no longer than this. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000

/**
 * The codes that blame the server, not the statement: connections (class 08), a conflict with another transaction (40),
 * resources (53), operators (57, with the statement timeout among them), its disk (58), a read-only standby, an idle
 * transaction that was ended.
 */
const UNAVAILABLE_SQLSTATE = /^(?:08|40|53|57|58)|^(?:25006|25P03)$/

/** The server ends the connection: an operator's command, a crash (SQLSTATE 57P01 to 57P05). */
const SHUTDOWN_SQLSTATE = /^57P/

/**
 * The server only reads: a standby, or a primary that has become one. The connection would stay with it for good, since a
 * connection in use is never idle for long; a new one goes to where the name points by then.
 */
const READ_ONLY_SQLSTATE = '25006'

/** Statements after which there is no transaction any more; and those that outside of one leave nothing behind. */
const ENDS_TRANSACTION = /^(?:commit|rollback)$/
const KEEPS_NOTHING = /^(?:begin|select|explain)\b/

/** The type of `bigint`, which holds our instants: numbers, though pg would rather not promise that. */
const BIGINT_OID = 20

/**
 * The connections to PostgreSQL, as Kysely takes them. Whatever keeps a query from being answered becomes
 * `DatabaseUnavailable`, and its connection is not used again; the next query opens another, so that nothing has to
 * notice when the database is back.
 */
export function postgresPool(location: PostgresLocation): PostgresPool {
  const pool = new Pool({
    host: location.host,
    port: location.port,
    user: location.user,
    password: location.password,
    database: location.database,
    ssl: tlsOptions(location),
    application_name: 'countersign',
    max: location.poolMax,
    connectionTimeoutMillis: location.connectTimeout * 1000,
    keepAlive: true,
    // Without a timeout of ours none is sent: a pooler in between may know no such parameters.
    ...(location.statementTimeout > 0 && {
      statement_timeout: location.statementTimeout * 1000,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    }),
    types: {
      getTypeParser: (type, format) => (type === BIGINT_OID ? Number : types.getTypeParser(type, format)),
    },
  })

  const lost = new WeakSet<PoolClient>()
  pool.on('connect', (client) => {
    // pg listens while a connection is idle, nobody while it is in use: an unheard 'error' would end the process.
    client.on('error', () => lost.add(client))
    client.on('end', () => lost.add(client))
  })
  // Nobody waits for an idle connection: that it is gone is told to the next one who cannot have another.
  pool.on('error', () => {})

  // Asked anew after every failure: a server may have begun, or ceased, to offer TLS.
  let chooseTls = chooseTlsOf(location, pool)
  const answerWithin =
    location.statementTimeout > 0 ? location.statementTimeout * 1000 + ANSWER_GRACE_MS : undefined
  return {
    options: {},
    connect: async () => {
      try {
        await chooseTls?.()
        return watched(await pool.connect(), lost, answerWithin)
      } catch (error) {
        chooseTls = chooseTlsOf(location, pool)
        throw new DatabaseUnavailable(error)
      }
    },
    end: () => pool.end(),
  }
}

/** Settles once whether new connections use TLS, where that is the server's choice; `undefined` where it is not. */
function chooseTlsOf(location: PostgresLocation, pool: Pool): (() => Promise<void>) | undefined {
  if (location.tls.kind !== 'preferred') return undefined
  let choosing: Promise<void> | undefined
  return () => {
    choosing ??= offersTls(location).then((offered) => {
      pool.options.ssl = offered && tlsOptions(location)
    })
    return choosing
  }
}

function watched(
  client: PoolClient,
  lost: WeakSet<PoolClient>,
  answerWithin: number | undefined,
): PostgresPoolClient {
  let hasNoTimeout = answerWithin === undefined
  let inTransaction = false
  let outcomeUnknown = false
  let readOnly = false

  const run = async <R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> => {
    hasNoTimeout ||= text === WITHOUT_TIMEOUT
    // The server keeps the statement timeout. When not even that is heard, packets vanish: only closing ends the wait.
    const deadline = hasNoTimeout ? undefined : setTimeout(() => hangUp(client, lost), answerWithin)
    try {
      // What pg and Kysely each have a type for is the same object.
      const result = (await client.query<never, unknown[]>(text, [...parameters])) as PostgresQueryResult<R>
      inTransaction = text === 'begin' || (inTransaction && !ENDS_TRANSACTION.test(text))
      return result
    } catch (error) {
      const code = error instanceof DatabaseError ? (error.code ?? '') : ''
      const cut = lost.has(client) || SHUTDOWN_SQLSTATE.test(code)
      readOnly ||= code === READ_ONLY_SQLSTATE
      // Whatever is said of this connection from here on: the rollback that follows fails as well, and must not hide it.
      outcomeUnknown ||= cut && (inTransaction ? text === 'commit' : !KEEPS_NOTHING.test(text))
      if (!cut && !UNAVAILABLE_SQLSTATE.test(code)) throw error
      throw outcomeUnknown ? new OutcomeUnknown(error) : new DatabaseUnavailable(error)
    } finally {
      clearTimeout(deadline)
    }
  }

  function query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  function query<R>(
    statement: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof statement !== 'string') throw new TypeError('cursors are not read here')
    return run<R>(statement, parameters)
  }

  return { query, release: (destroy) => client.release(destroy || readOnly) }
}

function hangUp(client: PoolClient, lost: WeakSet<PoolClient>): void {
  lost.add(client)
  // With a query under way this closes at once, and the query fails.
  if (client instanceof Client) void client.end()
}

/** SSLRequest: its own length, and the number that stands where a version would (PostgreSQL protocol, message formats). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/** The answer `S` to it: TLS may begin. */
const TLS_ACCEPTED = 0x53

/** Asks a server whether it has TLS, on a connection of its own. A socket has none: what it carries stays in the kernel. */
export function offersTls({ host, port, connectTimeout }: PostgresLocation): Promise<boolean> {
  if (host.startsWith('/')) return Promise.resolve(false)

  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: connectTimeout * 1000 })
    socket.once('connect', () => socket.write(SSL_REQUEST))
    socket.once('data', ([answer]) => {
      resolve(answer === TLS_ACCEPTED)
      socket.destroy()
    })
    socket.once('timeout', () => socket.destroy(new Error('timeout exceeded when trying to connect')))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('Connection terminated unexpectedly')))
  })
}
