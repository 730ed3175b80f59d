// The limit of every server that issues JWTs: node:http that signs one for each request and does nothing else. It signs on
// its own thread: on one core the way to another thread only costs.
import { randomUUID, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { readSettings } from '../settings.js'
import { jwkOf, KID, makeKey } from '../token/signing-key.js'

const LIFETIME_SECONDS = 1800

const { host, port, audience, clientId } = readSettings()
const { privateKey, publicKey } = makeKey()
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const header = encode({ alg: 'RS256', typ: 'at+jwt', kid: KID })

const issue = () => {
  const iat = Math.floor(Date.now() / 1000)
  const claims = {
    iss: `http://${host}:${port}`,
    sub: clientId,
    aud: audience,
    client_id: clientId,
    scope: 'orders',
  }
  const signed = `${header}.${encode({ ...claims, jti: randomUUID(), iat, exp: iat + LIFETIME_SECONDS })}`
  const signature = sign('sha256', Buffer.from(signed), privateKey).toString('base64url')
  return { access_token: `${signed}.${signature}`, token_type: 'Bearer', expires_in: LIFETIME_SECONDS }
}

createServer((request, response) => {
  request.resume()
  const body = JSON.stringify(request.url === '/jwks' ? { keys: [jwkOf(publicKey)] } : issue())
  response.setHeader('content-type', 'application/json')
  response.setHeader('content-length', Buffer.byteLength(body))
  response.end(body)
}).listen(port, host)
