// Koa with fast-jwt and get-jwks. Its cache is large enough for every workload: the default of 1,000 is worth nothing
// to 5,000 tokens in turn, and who uses it knows how many there are.
import Router from '@koa/router'
import { createVerifier } from 'fast-jwt'
import buildGetJwks from 'get-jwks'
import Koa from 'koa'
import { readSettings } from '../settings.js'
import { profileOf } from './profile.js'

const { host, port, issuer, audience } = readSettings()
const getJwks = buildGetJwks()
const verify = createVerifier({
  key: ({ header }) => getJwks.getPublicKey({ kid: header.kid, domain: issuer, alg: header.alg }),
  algorithms: ['RS256'],
  allowedIss: issuer,
  allowedAud: audience,
  cache: 10_000,
})
const app = new Koa()
const router = new Router()

router.get('/users/me', async (ctx) => {
  const token = /^Bearer (.+)$/.exec(ctx.get('authorization'))?.[1] ?? ''
  try {
    ctx.body = profileOf(await verify(token))
  } catch (error) {
    if (!String(error.code).startsWith('FAST_JWT_')) throw error
    ctx.status = 401
    ctx.body = { error: 'invalid_token' }
  }
})
app.use(router.routes())
app.listen(port, host)
