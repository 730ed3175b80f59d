// Koa with aws-jwt-verify, for an issuer that is not Cognito. Its own fetcher speaks https alone, so it gets one that
// speaks http to the issuer on loopback.
import Router from '@koa/router'
import { JwtVerifier } from 'aws-jwt-verify'
import { JwtBaseError } from 'aws-jwt-verify/error'
import { SimpleJwksCache } from 'aws-jwt-verify/jwk'
import Koa from 'koa'
import { jwksUri, readSettings } from '../settings.js'
import { profileOf } from './profile.js'

const { host, port, issuer, audience } = readSettings()
const fetcher = { fetch: async (uri) => (await fetch(uri)).arrayBuffer() }
const verifier = JwtVerifier.create(
  { issuer, audience, jwksUri: jwksUri(issuer) },
  { jwksCache: new SimpleJwksCache({ fetcher }) },
)
const app = new Koa()
const router = new Router()

router.get('/users/me', async (ctx) => {
  const token = /^Bearer (.+)$/.exec(ctx.get('authorization'))?.[1] ?? ''
  try {
    ctx.body = profileOf(await verifier.verify(token))
  } catch (error) {
    if (!(error instanceof JwtBaseError)) throw error
    ctx.status = 401
    ctx.body = { error: 'invalid_token' }
  }
})
app.use(router.routes())
app.listen(port, host)
