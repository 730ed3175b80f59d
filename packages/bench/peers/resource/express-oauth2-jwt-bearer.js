// Express with Auth0's express-oauth2-jwt-bearer.
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import { jwksUri, readSettings } from '../settings.js'
import { profileOf } from './profile.js'

const { host, port, issuer, audience } = readSettings()
const app = express()

app.get(
  '/users/me',
  auth({ issuer, audience, jwksUri: jwksUri(issuer), tokenSigningAlg: 'RS256' }),
  (request, response) => {
    response.json(profileOf(request.auth.payload))
  },
)
app.use((error, _request, response, _next) => {
  response.status(error.status ?? 500).json({ error: error.code })
})
app.listen(port, host)
