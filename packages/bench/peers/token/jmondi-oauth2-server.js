// @jmondi/oauth2-server on Express, with repositories in memory; signing with jsonwebtoken, as it does, but with RS256.

import { randomBytes } from 'node:crypto'
import { AuthorizationServer, JwtService } from '@jmondi/oauth2-server'
import { handleExpressError, handleExpressResponse, requestFromExpress } from '@jmondi/oauth2-server/express'
import express from 'express'
import jsonwebtoken from 'jsonwebtoken'
import { readSettings } from '../settings.js'
import { jwkOf, KID, makeKey } from './signing-key.js'

const { host, port, audience, clientId, clientSecret } = readSettings()
const { privateKey, publicKey } = makeKey()
const scope = { name: 'orders' }
const client = {
  id: clientId,
  name: clientId,
  secret: clientSecret,
  redirectUris: [],
  allowedGrants: ['client_credentials'],
  scopes: [scope],
}
const tokens = new Map()

class RsaJwtService extends JwtService {
  sign(payload) {
    return new Promise((resolve, reject) => {
      jsonwebtoken.sign(
        { ...payload, aud: audience },
        privateKey,
        { algorithm: 'RS256', keyid: KID },
        (error, token) => (error ? reject(error) : resolve(token)),
      )
    })
  }
}

const server = new AuthorizationServer(
  {
    getByIdentifier: async () => client,
    isClientValid: async (grantType, one, secret) =>
      one.secret === secret && one.allowedGrants.includes(grantType),
  },
  {
    issueToken: async (one, scopes, user) => ({
      accessToken: randomBytes(16).toString('base64url'),
      accessTokenExpiresAt: new Date(Date.now() + 1_800_000),
      client: one,
      user,
      scopes,
    }),
    persist: async (token) => void tokens.set(token.accessToken, token),
  },
  { getAllByIdentifiers: async () => [scope], finalize: async (scopes) => scopes },
  new RsaJwtService(privateKey),
  { issuer: `http://${host}:${port}` },
)
const app = express()

app.post('/token', express.urlencoded(), async (request, response) => {
  try {
    const answer = await server.respondToAccessTokenRequest(requestFromExpress(request))
    handleExpressResponse(response, answer)
  } catch (error) {
    handleExpressError(error, response)
  }
})
app.get('/jwks', (_request, response) => response.json({ keys: [jwkOf(publicKey)] }))
app.listen(port, host)
