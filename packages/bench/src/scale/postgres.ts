import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type EmbeddedPostgres from '@countersign/test-tools/postgres'
import { freePort } from '../process/paths.ts'
import type { Workspace } from '../process/workspace.ts'

/** A real PostgreSQL server only for this measurement. Unlike that of the tests it is durable: a commit is on disk. */
export interface Postgres {
  /** Creates an empty database and returns its URL. */
  readonly createDatabase: (name: string) => Promise<string>
}

/** Starts PostgreSQL in its own folder. It ends with the workspace. */
export async function startPostgres(workspace: Workspace): Promise<Postgres> {
  // Not in the workspace's folder: when we are root, the server runs as another user, who cannot enter that folder.
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-postgres-'))
  const port = await freePort()
  const log: string[] = []
  const Cluster = await importCluster()
  const cluster = new Cluster({
    databaseDir: folder,
    port,
    user: 'countersign',
    password: 'bench',
    authMethod: 'scram-sha-256',
    // PostgreSQL refuses to run as root, and containers often run as root.
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    onLog: (line) => log.push(String(line)),
    onError: (line) => log.push(String(line)),
  })
  workspace.onClose(async () => {
    await cluster.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  try {
    await cluster.initialise()
    await cluster.start()
  } catch (error) {
    throw new Error(`PostgreSQL does not start: ${log.join('').slice(-1000)}`, { cause: error })
  }
  return {
    createDatabase: async (name) => {
      await cluster.createDatabase(name)
      return `postgres://countersign:bench@127.0.0.1:${port}/${name}`
    },
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * On a signal the library ends the process, and all measurements would be lost. Here the workspace stops the cluster, so
 * the signal listeners of the library are removed.
 */
async function importCluster(): Promise<typeof EmbeddedPostgres> {
  const before = SIGNALS.map((signal) => ({ signal, listeners: process.listeners(signal) }))
  const { default: Cluster } = await import('@countersign/test-tools/postgres')
  for (const { signal, listeners } of before) {
    for (const listener of process.listeners(signal)) {
      if (!listeners.includes(listener)) process.off(signal, listener)
    }
  }
  return Cluster
}
