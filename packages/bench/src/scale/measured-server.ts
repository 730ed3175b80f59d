import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { freePort } from '../process/paths.ts'
import type { Workspace } from '../process/workspace.ts'
import { type AuthServer, startAuthServer } from '../servers/auth-server.ts'
import type { DatabaseTime } from './database-time.ts'

/** An authorization server that reports its database time. */
export interface MeasuredServer extends AuthServer {
  readonly databaseTime: () => Promise<DatabaseTime>
}

/** A secret that the replicas of a database share. One is enough for a whole workspace. */
export function newKeyEncryptionSecret(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * Starts the built server with `database-time` preloaded, and with passwords at cost 4, so that the database's part is
 * visible.
 */
export async function startMeasuredServer(
  workspace: Workspace,
  { databaseUrl, secret }: { readonly databaseUrl: string; readonly secret: string },
): Promise<MeasuredServer> {
  const port = await freePort()
  const server = await startAuthServer(workspace, {
    databaseUrl,
    nodeArgs: ['--import', join(import.meta.dirname, 'database-time.ts')],
    settings: {
      AUTH_PASSWORD_COST: '4',
      AUTH_KEY_ENCRYPTION_SECRET: secret,
      BENCH_DATABASE_TIME_PORT: String(port),
    },
  })
  return {
    ...server,
    databaseTime: async () => (await (await fetch(`http://127.0.0.1:${port}`)).json()) as DatabaseTime,
  }
}
