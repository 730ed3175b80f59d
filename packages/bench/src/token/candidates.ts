import { join } from 'node:path'
import { clientCredentialsRequest, type TokenRequest } from '../issuer/token-request.ts'
import type { Kind } from '../measurement/sample.ts'
import { freePort, PEERS } from '../process/paths.ts'
import { type Program, untilAnswering } from '../process/program.ts'
import type { Workspace } from '../process/workspace.ts'
import { AUDIENCE, CONFIDENTIAL_CLIENT, sqliteUrl, startAuthServer } from '../servers/auth-server.ts'
import type { Build } from '../servers/build.ts'

/** An authorization server that is compared. */
export interface TokenCandidate {
  readonly name: string
  readonly kind: Kind
  readonly start: (workspace: Workspace, cores: string | undefined) => Promise<TokenServer>
}

export interface TokenServer {
  readonly program: Program
  readonly tokenEndpoint: string
  readonly jwksUri: string
  readonly request: TokenRequest
}

/** Ours, on SQLite, with logs and metrics on. */
const ours: TokenCandidate = {
  name: 'countersign, on SQLite',
  kind: 'ours',
  start: (workspace, cores) => startOurs(workspace, { cores, database: 'token' }),
}

/** Ours of another build, or with other flags. */
export function baseline(build: Build): TokenCandidate {
  return {
    name: 'countersign, baseline',
    kind: 'peer',
    start: (workspace, cores) => startOurs(workspace, { cores, build, database: 'baseline' }),
  }
}

async function startOurs(
  workspace: Workspace,
  {
    database,
    ...options
  }: { readonly cores: string | undefined; readonly build?: Build; readonly database: string },
): Promise<TokenServer> {
  const { origin, program } = await startAuthServer(workspace, {
    ...options,
    databaseUrl: sqliteUrl(workspace, database),
    settings: { AUTH_PASSWORD_COST: '4' },
  })
  return {
    program,
    tokenEndpoint: `${origin}/token`,
    jwksUri: `${origin}/.well-known/jwks.json`,
    request: clientCredentialsRequest({ scope: 'orders' }),
  }
}

/** The limit that ratios refer to. */
export const LIMIT = 'node:http that only signs'

/** What a change is judged by, ours first. */
export const MAIN_CANDIDATES: readonly TokenCandidate[] = [
  ours,
  server(
    { name: LIMIT, kind: 'limit' },
    { file: 'limits/node-http-signing.js', token: '/token', jwks: '/jwks' },
  ),
]

/** All candidates, ours first. The peers keep everything in memory. */
export const CANDIDATES: readonly TokenCandidate[] = [
  ...MAIN_CANDIDATES,
  peer('oidc-provider', { file: 'token/oidc-provider.js', token: '/token', jwks: '/jwks' }),
  peer('@jmondi/oauth2-server', { file: 'token/jmondi-oauth2-server.js', token: '/token', jwks: '/jwks' }),
  peer('better-auth', {
    file: 'token/better-auth.js',
    token: '/api/auth/oauth2/token',
    jwks: '/api/auth/jwks',
    // Without the resource the access token is not a JWT.
    form: { resource: AUDIENCE },
  }),
  peer('oauth2-mock-server', { file: 'token/oauth2-mock-server.js', token: '/token', jwks: '/jwks' }),
]

interface Paths {
  readonly file: string
  readonly token: string
  readonly jwks: string
  readonly form?: Readonly<Record<string, string>>
}

function peer(name: string, paths: Paths): TokenCandidate {
  return server({ name, kind: 'peer' }, paths)
}

function server(
  named: Pick<TokenCandidate, 'name' | 'kind'>,
  { file, token, jwks, form }: Paths,
): TokenCandidate {
  return {
    ...named,
    start: async (workspace, cores) => {
      const port = await freePort()
      const origin = `http://127.0.0.1:${port}`
      const program = workspace.start({
        args: [join(PEERS, file)],
        cores,
        env: {
          BENCH_PORT: String(port),
          BENCH_AUDIENCE: AUDIENCE,
          BENCH_CLIENT_ID: CONFIDENTIAL_CLIENT.id,
          BENCH_CLIENT_SECRET: CONFIDENTIAL_CLIENT.secret,
        },
      })
      await untilAnswering(program, `${origin}${jwks}`, { answers: (status) => status === 200 })
      return {
        program,
        tokenEndpoint: origin + token,
        jwksUri: origin + jwks,
        request: clientCredentialsRequest({ scope: 'orders', ...form }),
      }
    },
  }
}
