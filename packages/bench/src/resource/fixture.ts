import type { Bench } from '../bench.ts'
import { type Mint, openMint } from '../issuer/mint-tokens.ts'
import { passwordRequest, requestTokens } from '../issuer/token-request.ts'
import type { Workspace } from '../process/workspace.ts'
import { AUDIENCE, type AuthServer, sqliteUrl, startAuthServer } from '../servers/auth-server.ts'

/** What all resource servers share: a running issuer, and a mint with its key. */
export interface Fixture {
  readonly workspace: Workspace
  readonly issuer: string
  readonly auth: AuthServer
  readonly mint: Mint
}

/** Starts the fixture on the cores of the load. The issuer serves only its key set and status list, and has little to do. */
export async function startFixture({ cores }: Pick<Bench, 'cores'>, workspace: Workspace): Promise<Fixture> {
  const auth = await startAuthServer(workspace, {
    cores: cores.load,
    databaseUrl: sqliteUrl(workspace, 'issuer'),
    // No token may expire in a long run. The lifetime does not affect the cost of verification.
    settings: { AUTH_ACCESS_TOKEN_LIFETIME: '12h', AUTH_PASSWORD_COST: '4', AUTH_DEFAULT_AUDIENCE: AUDIENCE },
  })
  const { access_token: template } = await requestTokens(`${auth.origin}/token`, passwordRequest)
  const mint = await openMint(workspace.path('issuer.db'), String(template))
  workspace.onClose(mint.close)
  return { workspace, issuer: auth.origin, auth, mint }
}
