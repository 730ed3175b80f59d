import { describe, expect, it } from 'vitest'
import { addOrdinaryRows } from '../support/rows.ts'
import { AUDIENCE, startTestServer } from '../support/test-server.ts'

describe('the key set', () => {
  it('holds the public key and nothing private [RFC 7517 §5]', async () => {
    const server = await startTestServer()

    const answer = await server.get('/.well-known/jwks.json')

    expect(answer).toMatchObject({ status: 200 })
    expect(answer.body).toEqual({
      keys: [
        {
          kty: 'RSA',
          use: 'sig',
          alg: 'RS256',
          kid: expect.stringMatching(/^[\w-]{43}$/),
          n: expect.stringMatching(/^[\w-]{342}$/),
          e: 'AQAB',
        },
      ],
    })
    expect(answer.headers.get('content-type')).toBe('application/jwk-set+json')
  })

  it('may be kept for five minutes, and for a day through an outage [RFC 5861 §4]', async () => {
    const server = await startTestServer()

    const { headers } = await server.get('/.well-known/jwks.json')

    expect(headers.get('cache-control')).toBe('public, max-age=300, stale-if-error=86400')
  })

  it('may be kept for a quarter of the publish lead when that is less', async () => {
    const server = await startTestServer({ keyPublishLead: 60 })

    const { headers } = await server.get('/.well-known/jwks.json')

    expect(headers.get('cache-control')).toBe('public, max-age=15, stale-if-error=86400')
  })

  it('is not sent again to whoever has it [RFC 9110 §13.1.2]', async () => {
    const server = await startTestServer()
    const etag = (await server.get('/.well-known/jwks.json')).headers.get('etag')!

    const same = await server.get('/.well-known/jwks.json', { 'if-none-match': etag })
    const other = await server.get('/.well-known/jwks.json', { 'if-none-match': '"other"' })

    expect(same).toMatchObject({ status: 304, body: undefined })
    expect(same.headers.get('etag')).toBe(etag)
    expect(other.status).toBe(200)
  })
})

const METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt']
const ALGORITHMS = ['RS256', 'PS256', 'ES256']

describe('the metadata [RFC 8414 §3]', () => {
  it.each(['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'])(
    'lists at %s what works, and nothing else',
    async (path) => {
      const server = await startTestServer()
      await addOrdinaryRows(server)

      const answer = await server.get(path)

      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect(answer.body).toEqual({
        issuer: server.issuer,
        token_endpoint: `${server.issuer}/token`,
        jwks_uri: `${server.issuer}/.well-known/jwks.json`,
        scopes_supported: ['email', 'groups', 'profile', 'roles'],
        response_types_supported: [],
        grant_types_supported: ['password', 'client_credentials', 'refresh_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        token_endpoint_auth_methods_supported: ['none', ...METHODS],
        token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
        revocation_endpoint: `${server.issuer}/revoke`,
        revocation_endpoint_auth_methods_supported: ['none', ...METHODS],
        revocation_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
        introspection_endpoint: `${server.issuer}/introspect`,
        introspection_endpoint_auth_methods_supported: METHODS,
        introspection_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
        protected_resources: [AUDIENCE],
      })
    },
  )

  it.each(['/.well-known/oauth-authorization-server', '/.well-known/jwks.json'])(
    'may be read at %s by any page, whoever may ask for tokens',
    async (path) => {
      const server = await startTestServer({ corsOrigins: [] })

      const { headers } = await server.get(path, { origin: 'https://app.example.com' })

      expect(headers.get('access-control-allow-origin')).toBe('*')
    },
  )
})

describe('health', () => {
  it('is alive and ready', async () => {
    const server = await startTestServer()

    const alive = await server.get('/livez')
    const ready = await server.get('/readyz')

    expect(alive).toMatchObject({ status: 200, body: { status: 'alive' } })
    expect(ready).toMatchObject({ status: 200, body: { status: 'ready' } })
    expect(ready.headers.get('cache-control')).toBe('no-store')
  })

  it('is not ready without its database, and says which check failed', async () => {
    const server = await startTestServer()
    await server.db.destroy()

    const alive = await server.get('/livez')
    const ready = await server.get('/readyz')

    expect(alive.status).toBe(200)
    expect(ready).toMatchObject({ status: 503, body: { status: 'not ready', failed: ['database'] } })
    expect(ready.headers.get('retry-after')).toBe('1')
  })
})

describe('a fault of ours', () => {
  it('is answered without detail, and logged with all of it under the request’s id', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    await server.db.schema.dropTable('clients').execute()

    const answer = await server.post('/token', { grant_type: 'password', client_id: 'app' })

    expect(answer).toMatchObject({
      status: 500,
      body: {
        error: 'server_error',
        error_description: 'Something went wrong. It has been logged; try again later.',
      },
    })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(server.logs).toContainEqual(
      expect.objectContaining({
        level: 'error',
        requestId: answer.headers.get('x-request-id'),
        err: expect.objectContaining({ message: expect.stringMatching(/clients/) }),
      }),
    )
  })
})

describe('the request log', () => {
  it('has one line for each request, with our id and the caller’s beside it', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)

    const answer = await server.post(
      '/token?access_token=hidden',
      { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret' },
      { 'x-request-id': 'from-the-caller' },
    )

    const lines = server.logs.filter((line) => line.msg === 'request')
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.any(String),
        name: 'test',
        msg: 'request',
        requestId: answer.headers.get('x-request-id'),
        incomingRequestId: 'from-the-caller',
        method: 'POST',
        route: '/token',
        status: 200,
        ms: expect.any(Number),
        sub: expect.stringMatching(/^usr_/),
        clientId: 'app',
        grantType: 'password',
      },
    ])
    expect(answer.headers.get('x-request-id')).not.toBe('from-the-caller')
  })
})
