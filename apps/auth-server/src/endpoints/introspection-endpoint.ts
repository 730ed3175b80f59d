import { noteForLog } from '@countersign/http-service'
import { formatScope, type IntrospectionResponse } from '@countersign/shared'
import type { Middleware } from 'koa'
import { haveEnabledParties } from '../domain/authorizations/revoke-authorizations.ts'
import type { AuthenticateClient } from '../domain/clients/authenticate-client.ts'
import type { Client } from '../domain/clients/client.ts'
import { findResources } from '../domain/resources/resource-store.ts'
import type { InspectedToken } from '../domain/tokens/inspect-token.ts'
import { senderOf } from '../http/client-address.ts'
import { readForm } from '../http/form-body.ts'
import { OAuthError } from '../oauth/error.ts'
import { isIssuerScope } from '../oauth/issuer-scope.ts'
import { CLIENT_PARAMETERS, once } from '../oauth/parameters.ts'
import type { Database } from '../storage/database.ts'

export interface IntrospectionEndpointDeps {
  readonly authenticateClient: AuthenticateClient
  readonly inspectToken: (token: string) => Promise<InspectedToken | undefined>
  readonly db: Database
  readonly issuer: string
}

const INTROSPECTION_PARAMETERS = [...CLIENT_PARAMETERS, once('token', 8192), once('token_type_hint')]

const NOT_ACTIVE: IntrospectionResponse = { active: false }

/**
 * POST /introspect (RFC 7662): is this token active, and what is it for? A confidential client may ask about its own
 * tokens, and an introspector about access tokens for its resource. Any other token is answered as not active.
 */
export function introspectionEndpoint(deps: IntrospectionEndpointDeps): Middleware {
  return async (ctx) => {
    ctx.set('cache-control', 'no-store')
    const parameters = readForm(ctx, INTROSPECTION_PARAMETERS)
    const client = await deps.authenticateClient(senderOf(ctx), parameters)
    noteForLog(ctx, { clientId: client.id })
    if (client.authentication.kind === 'none') {
      // RFC 7662 §2.1: the client must authenticate, or the endpoint would tell anybody which guesses are tokens.
      throw new OAuthError(
        'invalid_client',
        'A public client may not introspect: use a client that authenticates.',
      )
    }

    const inspected = await deps.inspectToken(parameters.getRequired('token'))
    const isActive = inspected?.active && (await haveEnabledParties(deps.db, inspected.authorization))
    const told = isActive ? await whatMayBeTold(deps.db, client, inspected) : undefined
    ctx.body = told ? answerAbout(deps.issuer, told) : NOT_ACTIVE
  }
}

/** A client learns all of its own token; an introspector learns of another's what concerns its resources; others nothing. */
async function whatMayBeTold(
  db: Database,
  client: Client,
  inspected: InspectedToken,
): Promise<InspectedToken | undefined> {
  if (inspected.authorization.clientId === client.id) return inspected
  if (inspected.kind !== 'access_token') return undefined

  const resources = await findResources(db, inspected.audience)
  const its = resources.filter((resource) => resource.introspectors.includes(client.id))
  if (its.length === 0) return undefined
  return {
    ...inspected,
    audience: its.map((resource) => resource.audience),
    scope: inspected.scope.filter(
      (value) => isIssuerScope(value) || its.some((resource) => resource.scope.includes(value)),
    ),
  }
}

function answerAbout(issuer: string, { authorization, ...token }: InspectedToken): IntrospectionResponse {
  return {
    active: true,
    iss: issuer,
    sub: authorization.subject,
    client_id: authorization.clientId,
    aud: token.audience.length === 1 && token.audience[0] !== undefined ? token.audience[0] : token.audience,
    ...(token.scope.length > 0 && { scope: formatScope(token.scope) }),
    ...(token.kind === 'access_token' && { token_type: 'Bearer' }),
    ...(token.id !== undefined && { jti: token.id }),
    iat: token.issuedAt,
    exp: token.expiresAt,
  }
}
