// Fastify with @fastify/jwt and get-jwks: the setup of get-jwks's README.
import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import buildGetJwks from 'get-jwks'
import { readSettings } from '../settings.js'
import { profileOf } from './profile.js'

const { host, port, issuer, audience } = readSettings()
const getJwks = buildGetJwks()
const app = Fastify()

app.register(fastifyJwt, {
  decode: { complete: true },
  secret: (_request, { header }) =>
    getJwks.getPublicKey({ kid: header.kid, domain: issuer, alg: header.alg }),
  verify: { allowedIss: issuer, allowedAud: audience, algorithms: ['RS256'] },
})
app.get('/users/me', { onRequest: (request) => request.jwtVerify() }, (request) => profileOf(request.user))
await app.listen({ port, host })
