import { join } from 'node:path'
import { clientCredentialsRequest, type TokenRequest } from '../issuer/token-request.ts'
import { freePort, PEERS } from '../process/paths.ts'
import { type Program, untilAnswering } from '../process/program.ts'
import type { Workspace } from '../process/workspace.ts'
import { AUDIENCE, CONFIDENTIAL_CLIENT, sqliteUrl, startAuthServer } from '../servers/auth-server.ts'

/** An authorization server that is compared. */
export interface TokenCandidate {
  readonly name: string
  readonly kind: 'ours' | 'peer'
  readonly start: (workspace: Workspace, cores: string | undefined) => Promise<TokenServer>
}

export interface TokenServer {
  readonly program: Program
  readonly tokenEndpoint: string
  readonly jwksUri: string
  readonly request: TokenRequest
}

/** Ours, on SQLite, with logs and metrics on. */
export const ours: TokenCandidate = {
  name: 'countersign, on SQLite',
  kind: 'ours',
  start: async (workspace, cores) => {
    const { origin, program } = await startAuthServer(workspace, {
      cores,
      databaseUrl: sqliteUrl(workspace, 'token'),
      settings: { AUTH_PASSWORD_COST: '4' },
    })
    return {
      program,
      tokenEndpoint: `${origin}/token`,
      jwksUri: `${origin}/.well-known/jwks.json`,
      request: clientCredentialsRequest({ scope: 'orders' }),
    }
  },
}

/** All candidates, ours first. The peers keep everything in memory. */
export const CANDIDATES: readonly TokenCandidate[] = [
  ours,
  peer('oidc-provider', { file: 'oidc-provider.js', token: '/token', jwks: '/jwks' }),
  peer('@jmondi/oauth2-server', { file: 'jmondi-oauth2-server.js', token: '/token', jwks: '/jwks' }),
  peer('better-auth', {
    file: 'better-auth.js',
    token: '/api/auth/oauth2/token',
    jwks: '/api/auth/jwks',
    // Without the resource the access token is not a JWT.
    form: { resource: AUDIENCE },
  }),
  peer('oauth2-mock-server', { file: 'oauth2-mock-server.js', token: '/token', jwks: '/jwks' }),
]

interface Paths {
  readonly file: string
  readonly token: string
  readonly jwks: string
  readonly form?: Readonly<Record<string, string>>
}

function peer(name: string, { file, token, jwks, form }: Paths): TokenCandidate {
  return {
    name,
    kind: 'peer',
    start: async (workspace, cores) => {
      const port = await freePort()
      const origin = `http://127.0.0.1:${port}`
      const program = workspace.start({
        args: [join(PEERS, 'token', file)],
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
