// Koa with jose's remote key set: the setup of its documentation.
import Router from '@koa/router'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import Koa from 'koa'
import { jwksUri, readSettings } from '../settings.js'
import { profileOf } from './profile.js'

const { host, port, issuer, audience } = readSettings()
const keySet = createRemoteJWKSet(new URL(jwksUri(issuer)))
const app = new Koa()
const router = new Router()

router.get('/users/me', async (ctx) => {
  const token = /^Bearer (.+)$/.exec(ctx.get('authorization'))?.[1] ?? ''
  try {
    const { payload } = await jwtVerify(token, keySet, { issuer, audience, algorithms: ['RS256'] })
    ctx.body = profileOf(payload)
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
    ctx.status = 401
    ctx.body = { error: 'invalid_token' }
  }
})
app.use(router.routes())
app.listen(port, host)
