// Koa with koa-jwt, and jwks-rsa with its cache: the setup of their READMEs.
import Router from '@koa/router'
import jwksRsa from 'jwks-rsa'
import Koa from 'koa'
import jwt from 'koa-jwt'
import { jwksUri, readSettings } from '../settings.js'
import { profileOf } from './profile.js'

const { host, port, issuer, audience } = readSettings()
const app = new Koa()
const router = new Router()

app.use(
  jwt({
    secret: jwksRsa.koaJwtSecret({ jwksUri: jwksUri(issuer), cache: true }),
    algorithms: ['RS256'],
    issuer,
    audience,
  }),
)
router.get('/users/me', (ctx) => {
  ctx.body = profileOf(ctx.state.user)
})
app.use(router.routes())
app.listen(port, host)
