import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from './postgres.ts'

/** What the server proves its name by, in PEM. */
export interface ServerCertificate {
  readonly certificate: string
  readonly key: string
}

/** A real PostgreSQL server of the test's own, in a temporary folder, on a free port. */
export interface PostgresCluster {
  /** Where it listens, with the credentials, ending in a slash: a database name makes it whole. */
  readonly url: string
  readonly createDatabase: (name: string) => Promise<void>
  /** Stops it at once, cutting every connection, as an outage would. */
  readonly stop: () => Promise<void>
  /** Starts it again on the same port, with what it held. */
  readonly start: () => Promise<void>
  /** Stops it and removes its folder. */
  readonly remove: () => Promise<void>
}

/** Starts a cluster, with TLS when it gets a certificate. It forgets durability: what a power cut would take is of no interest to a test. */
export async function startPostgresCluster(tls?: ServerCertificate): Promise<PostgresCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-postgres-'))
  const port = await freePort()
  const log: string[] = []
  const cluster = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: 'countersign',
    password: 'hunter2',
    authMethod: 'scram-sha-256',
    // PostgreSQL refuses to run as root, which containers often are.
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: [
      '-c',
      'fsync=off',
      '-c',
      'synchronous_commit=off',
      '-c',
      'full_page_writes=off',
      '-c',
      'max_connections=300',
      ...(tls ? ['-c', 'ssl=on'] : []),
    ],
    onLog: (line) => log.push(String(line)),
    onError: (line) => log.push(String(line)),
  })
  const remove = async () => {
    await cluster.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await cluster.initialise()
    if (tls) installCertificate(folder, tls)
    await cluster.start()
  } catch (error) {
    await remove()
    throw new Error(`PostgreSQL does not start:\n${log.join('')}`, { cause: error })
  }

  return {
    url: `postgres://countersign:hunter2@127.0.0.1:${port}/`,
    createDatabase: (name) => cluster.createDatabase(name),
    stop: () => cluster.stop(),
    start: () => cluster.start(),
    remove,
  }
}

/** Where PostgreSQL looks by itself, for its own user alone, or it refuses the key. */
function installCertificate(folder: string, { certificate, key }: ServerCertificate): void {
  const { uid, gid } = statSync(folder)
  for (const [name, text] of [
    ['server.crt', certificate],
    ['server.key', key],
  ] as const) {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    chownSync(join(folder, name), uid, gid)
  }
}

/** A port of this machine that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
