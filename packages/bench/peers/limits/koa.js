// Koa alone, the same JSON to everybody.
import Koa from 'koa'
import { someProfile } from '../resource/profile.js'
import { readSettings } from '../settings.js'

const { host, port } = readSettings()
const app = new Koa()

app.use((ctx) => {
  ctx.body = someProfile()
})
app.listen(port, host)
