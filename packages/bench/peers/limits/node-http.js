// The limit of limits: node:http, the same JSON to everybody.
import { createServer } from 'node:http'
import { someProfile } from '../resource/profile.js'
import { readSettings } from '../settings.js'

const { host, port } = readSettings()

createServer((_request, response) => {
  const body = JSON.stringify(someProfile())
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.setHeader('content-length', Buffer.byteLength(body))
  response.end(body)
}).listen(port, host)
