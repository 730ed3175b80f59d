import * as oauth from 'oauth4webapi'
import { describe, expect, it } from 'vitest'
import { aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from './support/rows.ts'
import { AUDIENCE, startTestServer } from './support/test-server.ts'

const onLoopback = { [oauth.allowInsecureRequests]: true }

describe('a client we did not write', () => {
  it('discovers the server, gets a token and validates it by the published keys [RFC 8414, RFC 6749, RFC 9068]', async () => {
    const server = await startTestServer()
    const alice = await addOrdinaryRows(server, aConfidentialClient())
    const issuer = new URL(server.issuer)

    const discovery = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...onLoopback })
    const as = await oauth.processDiscoveryResponse(issuer, discovery)
    const client = { client_id: 'app' }
    const answer = await oauth.genericTokenEndpointRequest(
      as,
      client,
      oauth.ClientSecretBasic(CLIENT_SECRET),
      'password',
      new URLSearchParams({ username: 'alice', password: 'secret', scope: 'profile' }),
      onLoopback,
    )
    const tokens = await oauth.processGenericTokenEndpointResponse(as, client, answer)
    const request = new Request(AUDIENCE, { headers: { authorization: `Bearer ${tokens.access_token}` } })
    const claims = await oauth.validateJwtAccessToken(as, request, AUDIENCE, onLoopback)

    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 1800, scope: 'profile' })
    expect(claims).toMatchObject({ iss: server.issuer, sub: alice.id, client_id: 'app', scope: 'profile' })
  })

  it('discovers it under the OpenID name too [RFC 8414 §5]', async () => {
    const server = await startTestServer()
    const issuer = new URL(server.issuer)

    const discovery = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...onLoopback })
    const as = await oauth.processDiscoveryResponse(issuer, discovery)

    expect(as.token_endpoint).toBe(`${server.issuer}/token`)
  })

  it('reads our refusals as OAuth errors [RFC 6749 §5.2]', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    const as = { issuer: server.issuer, token_endpoint: `${server.issuer}/token` }
    const client = { client_id: 'app' }

    const answer = await oauth.genericTokenEndpointRequest(
      as,
      client,
      oauth.None(),
      'password',
      new URLSearchParams({ username: 'alice', password: 'wrong' }),
      onLoopback,
    )

    await expect(oauth.processGenericTokenEndpointResponse(as, client, answer)).rejects.toMatchObject({
      code: oauth.RESPONSE_BODY_ERROR,
      error: 'invalid_grant',
      status: 400,
    })
  })
})
