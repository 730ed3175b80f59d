import { noteForLog } from '@countersign/http-service'
import type { TokenResponse } from '@countersign/shared'
import type { Middleware } from 'koa'
import type { Authorization } from '../../domain/authorizations/authorization.ts'
import type { AuthenticateClient } from '../../domain/clients/authenticate-client.ts'
import { senderOf } from '../../http/client-address.ts'
import { readForm } from '../../http/form-body.ts'
import { OAuthError } from '../../oauth/error.ts'
import { CLIENT_PARAMETERS, type KnownParameter, once } from '../../oauth/parameters.ts'
import { DatabaseUnavailable, OutcomeUnknown } from '../../storage/errors.ts'
import type { Grant } from './grant.ts'

export interface TokenEndpointDeps {
  readonly authenticateClient: AuthenticateClient
  readonly grants: readonly Grant[]
  readonly issueTokens: (authorization: Authorization) => Promise<TokenResponse>
}

/** The parameters the token endpoint knows, for every grant: RFC 6749 §4 and §6, RFC 7636 §4.5, RFC 8707 §2. */
const TOKEN_PARAMETERS: readonly KnownParameter[] = [
  ...CLIENT_PARAMETERS,
  once('grant_type'),
  once('scope'),
  once('username', 200),
  once('password'),
  once('code'),
  once('redirect_uri', 2048),
  once('code_verifier'),
  once('refresh_token'),
  { name: 'resource', occurs: 'often', longest: 2048 },
  { name: 'audience', occurs: 'often', longest: 2048 },
]

/**
 * POST /token (RFC 6749 §3.2): form → client → grant → authorization → tokens.
 *
 * This folder owns the pipeline and the grants, a file each. It does not own authorizations, tokens or their rows.
 */
export function tokenEndpoint(deps: TokenEndpointDeps): Middleware {
  const grants = new Map<string, Grant>(deps.grants.map((grant) => [grant.type, grant]))

  return async (ctx) => {
    ctx.set('cache-control', 'no-store')
    const parameters = readForm(ctx, TOKEN_PARAMETERS)
    const sender = senderOf(ctx)
    const client = await deps.authenticateClient(sender, parameters)
    noteForLog(ctx, { clientId: client.id })
    const grant = grants.get(parameters.getRequired('grant_type'))

    if (!grant) throw new OAuthError('unsupported_grant_type', 'This server does not offer that grant type.')
    noteForLog(ctx, { grantType: grant.type })
    if (!client.grantTypes.includes(grant.type)) {
      throw new OAuthError('unauthorized_client', `This client may not use the ${grant.type} grant.`)
    }

    const authorization = await grant.authorize({ parameters, client, network: sender.network })
    // A client that acts for itself is in the log already.
    if (authorization.subject !== client.id) noteForLog(ctx, { sub: authorization.subject })
    ctx.body = await issueAfterGrant(deps, authorization)
  }
}

/** A grant that gives a refresh token has consumed what was presented: a client that tries again presents it twice. */
async function issueAfterGrant(
  { issueTokens }: TokenEndpointDeps,
  authorization: Authorization,
): Promise<TokenResponse> {
  try {
    return await issueTokens(authorization)
  } catch (error) {
    const spent = authorization.refreshToken !== undefined && error instanceof DatabaseUnavailable
    throw spent ? new OutcomeUnknown(error.cause) : error
  }
}
