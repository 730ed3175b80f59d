// oauth2-mock-server: made for tests, and fast because it asks nobody for a secret.
import { OAuth2Server } from 'oauth2-mock-server'
import { readSettings } from '../settings.js'

const { host, port } = readSettings()
const server = new OAuth2Server()
await server.issuer.keys.generate('RS256')
await server.start(port, host)
