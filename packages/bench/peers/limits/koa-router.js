// Koa with @koa/router, the same JSON to everybody: what our resource server would be if it checked nothing.
import Router from '@koa/router'
import Koa from 'koa'
import { someProfile } from '../resource/profile.js'
import { readSettings } from '../settings.js'

const { host, port } = readSettings()
const app = new Koa()
const router = new Router()

router.get('/users/me', (ctx) => {
  ctx.body = someProfile()
})
app.use(router.routes())
app.listen(port, host)
