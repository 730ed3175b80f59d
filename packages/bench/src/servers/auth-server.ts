import { existsSync, writeFileSync } from 'node:fs'
import { freePort } from '../process/paths.ts'
import { type Program, untilAnswering } from '../process/program.ts'
import type { Workspace } from '../process/workspace.ts'
import { type Build, mainOf, THIS_BUILD } from './build.ts'

/** The resource of all measured tokens. It is only a name: nothing listens there. */
export const AUDIENCE = 'http://127.0.0.1:8001'

/** The user who signs in, and the clients. */
export const USER = { username: 'alice', password: 'secret-of-alice' } as const
export const PUBLIC_CLIENT = 'web'
export const CONFIDENTIAL_CLIENT = { id: 'worker', secret: 'bench-secret-of-32-characters-ok' } as const

/** Our built authorization server, running with logs and metrics on. */
export interface AuthServer {
  readonly origin: string
  readonly program: Program
  /** Milliseconds from its start until it reported that it is ready. */
  readonly readyAfter: number
}

export interface AuthServerOptions {
  /** That of this checkout, when there is none. */
  readonly build?: Build
  readonly cores?: string | undefined
  /** `sqlite:` and a path, or `postgres://…`. */
  readonly databaseUrl: string
  /** Settings in addition to the defaults of the bench. */
  readonly settings?: Readonly<Record<string, string>>
  /** The flags of `node`. */
  readonly nodeArgs?: readonly string[]
}

/**
 * Starts the server with one user, a public client for passwords and refresh tokens, and a confidential client that acts
 * for itself.
 */
export async function startAuthServer(workspace: Workspace, options: AuthServerOptions): Promise<AuthServer> {
  const { build = THIS_BUILD } = options
  const [port, metricsPort] = [await freePort(), await freePort()]
  const origin = `http://127.0.0.1:${port}`
  const start = performance.now()
  const program = workspace.start({
    args: [...build.nodeFlags['auth-server'], ...(options.nodeArgs ?? []), mainOf(build, 'auth-server')],
    cores: options.cores,
    logFile: workspace.path(`auth-server-${port}.log`),
    env: {
      AUTH_PORT: String(port),
      AUTH_ISSUER: origin,
      AUTH_METRICS_PORT: String(metricsPort),
      AUTH_DATABASE_URL: options.databaseUrl,
      AUTH_BOOTSTRAP_FILE: bootstrapFile(workspace),
      AUTH_DEFAULT_CLIENT: PUBLIC_CLIENT,
      AUTH_LOG_LEVEL: 'info',
      ...options.settings,
    },
  })
  await untilAnswering(program, `${origin}/readyz`, { every: 5, answers: (status) => status === 200 })
  return { origin, program, readyAfter: performance.now() - start }
}

/** A separate database for each name. */
export function sqliteUrl(workspace: Workspace, name: string): string {
  return `sqlite:${workspace.path(`${name}.db`)}`
}

function bootstrapFile(workspace: Workspace): string {
  const path = workspace.path('bootstrap.json')
  if (!existsSync(path)) writeFileSync(path, JSON.stringify(BOOTSTRAP))
  return path
}

const BOOTSTRAP = {
  resources: [{ audience: AUDIENCE, scope: 'profile orders' }],
  clients: [
    {
      client_id: PUBLIC_CLIENT,
      public: true,
      grant_types: ['password', 'refresh_token'],
      scope: 'profile',
      audiences: [AUDIENCE],
    },
    {
      client_id: CONFIDENTIAL_CLIENT.id,
      client_secret: CONFIDENTIAL_CLIENT.secret,
      grant_types: ['client_credentials'],
      scope: 'orders',
      audiences: [AUDIENCE],
    },
  ],
  users: [{ ...USER, full_name: 'Alice Wonderland' }],
}
