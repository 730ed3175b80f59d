import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type EmbeddedPostgres from '@countersign/test-tools/postgres'
import { freePort } from '../process/paths.ts'
import type { Workspace } from '../process/workspace.ts'

/** A real PostgreSQL server of the measurement's own. Unlike that of the tests it forgets nothing: a commit is on disk. */
export interface Postgres {
  /** The address of a new, empty database. */
  readonly createDatabase: (name: string) => Promise<string>
}

/** Starts it in a folder of its own; it ends with the workspace. */
export async function startPostgres(workspace: Workspace): Promise<Postgres> {
  // Not in the workspace's folder: the server runs as another user when we are root, and that one is closed to others.
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
    // PostgreSQL refuses to run as root, which containers often are.
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
 * The library ends the process by itself when a signal comes, and with it all that was measured. Here the workspace stops
 * the cluster, so what the library listens with goes again.
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
