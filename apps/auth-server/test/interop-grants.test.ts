import * as oauth from 'oauth4webapi'
import * as oidc from 'openid-client'
import { describe, expect, it } from 'vitest'
import { aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from './support/rows.ts'
import { AUDIENCE, startTestServer, type TestServer } from './support/test-server.ts'

const onLoopback = { [oauth.allowInsecureRequests]: true }
const GRANTS = ['password', 'refresh_token', 'client_credentials'] as const

async function start(): Promise<TestServer> {
  const server = await startTestServer()
  await addOrdinaryRows(server, aConfidentialClient({ grantTypes: GRANTS }))
  return server
}

describe('oauth4webapi', () => {
  it('drives every grant, introspection and revocation', async () => {
    const server = await start()
    const issuer = new URL(server.issuer)
    const client = { client_id: 'app' }
    const authentication = oauth.ClientSecretPost(CLIENT_SECRET)
    const as = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...onLoopback }),
    )

    const machine = await oauth.processClientCredentialsResponse(
      as,
      client,
      await oauth.clientCredentialsGrantRequest(as, client, authentication, { scope: 'profile' }, onLoopback),
    )
    const signedIn = await oauth.processGenericTokenEndpointResponse(
      as,
      client,
      await oauth.genericTokenEndpointRequest(
        as,
        client,
        authentication,
        'password',
        new URLSearchParams({ username: 'alice', password: 'secret' }),
        onLoopback,
      ),
    )
    const refreshed = await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, authentication, signedIn.refresh_token!, onLoopback),
    )
    const introspect = async (token: string) =>
      oauth.processIntrospectionResponse(
        as,
        client,
        await oauth.introspectionRequest(as, client, authentication, token, onLoopback),
      )
    const before = await introspect(refreshed.access_token)
    const revocation = await oauth.revocationRequest(
      as,
      client,
      authentication,
      refreshed.refresh_token!,
      onLoopback,
    )
    await oauth.processRevocationResponse(revocation)
    const after = await introspect(refreshed.access_token)

    expect(machine).toMatchObject({ token_type: 'bearer', scope: 'profile', expires_in: 1800 })
    expect(machine.refresh_token).toBeUndefined()
    expect(before).toMatchObject({ active: true, client_id: 'app', aud: AUDIENCE })
    expect(after).toEqual({ active: false })
  })
})

describe('openid-client', () => {
  it('drives every grant, introspection and revocation', async () => {
    const server = await start()
    const config = await oidc.discovery(
      new URL(server.issuer),
      'app',
      CLIENT_SECRET,
      oidc.ClientSecretBasic(CLIENT_SECRET),
      { execute: [oidc.allowInsecureRequests], algorithm: 'oauth2' },
    )

    const machine = await oidc.clientCredentialsGrant(config, { scope: 'profile', resource: AUDIENCE })
    const signedIn = await oidc.genericGrantRequest(config, 'password', {
      username: 'alice',
      password: 'secret',
    })
    const refreshed = await oidc.refreshTokenGrant(config, signedIn.refresh_token!)
    const before = await oidc.tokenIntrospection(config, refreshed.access_token)
    await oidc.tokenRevocation(config, refreshed.refresh_token!)
    const after = await oidc.tokenIntrospection(config, refreshed.access_token)

    expect(machine).toMatchObject({ token_type: 'bearer', scope: 'profile' })
    expect(refreshed.refresh_token).not.toBe(signedIn.refresh_token)
    expect([before.active, after.active]).toEqual([true, false])
    await expect(oidc.refreshTokenGrant(config, refreshed.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })
})
