import { describe, expect, it } from 'vitest'
import type { BootstrapFile } from '../../src/bootstrap/bootstrap-file.ts'
import { exampleRequests } from '../../src/bootstrap/example-request.ts'
import { startTestServer } from '../support/test-server.ts'

describe('the page of the server', () => {
  it('is HTML, for no other page to read', async () => {
    const { issuer } = await startTestServer()

    const response = await fetch(issuer, { headers: { origin: 'https://app.example.com' } })

    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.has('access-control-allow-origin')).toBe(false)
    expect(await response.text()).toContain(`<code>${issuer}</code>`)
  })

  it('says whether the server is ready', async () => {
    const server = await startTestServer()

    const ready = await (await fetch(server.issuer)).text()
    await server.db.destroy()
    const not = await (await fetch(server.issuer)).text()

    expect(ready).toContain('<p class="status">It is ready.</p>')
    expect(not).toContain('<p class="status">It is not ready: database.</p>')
  })

  it('has a HEAD', async () => {
    const { issuer } = await startTestServer()

    const response = await fetch(issuer, { method: 'HEAD' })

    expect(response.status).toBe(200)
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  it('is the only one: a browser that asks for another gets what everybody gets', async () => {
    const server = await startTestServer()

    const answer = await server.get('/index.html', { accept: 'text/html' })

    expect(answer.status).toBe(404)
    expect(answer.body).toMatchObject({ error: 'invalid_request' })
  })
})

describe('its example', () => {
  const issuer = 'http://127.0.0.1:8000'
  const demo: BootstrapFile = {
    demo: true,
    resources: [],
    clients: [
      {
        client_id: 'demo',
        public: true,
        grant_types: ['password'],
        scope: [],
        audiences: ['urn:api'],
        redirect_uris: [],
        post_logout_redirect_uris: [],
        first_party: false,
      },
    ],
    users: [{ username: 'alice', password: 'se"cr$et', claims: {}, roles: [], groups: [] }],
  }

  it('signs in with the demo, whatever its password holds', () => {
    const signIn = `-X POST ${issuer}/token -d "grant_type=password&username=alice&password=se%22cr%24et"`
    const api = 'http://127.0.0.1:8001'

    expect(exampleRequests({ issuer, defaultClient: 'demo', defaultAudience: api }, demo)).toEqual([
      `curl ${signIn}`,
      `curl ${api}/users/me -H "Authorization: Bearer $(curl -s ${signIn} | ` +
        `sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')"`,
    ])
    const [other] = exampleRequests({ issuer, defaultClient: undefined, defaultAudience: api }, demo)
    expect(other).toContain('&client_id=demo"')
  })

  it.each([undefined, 'urn:api'])('asks for no profile at an audience that is no address: %s', (audience) => {
    expect(exampleRequests({ issuer, defaultClient: 'demo', defaultAudience: audience }, demo)).toHaveLength(
      1,
    )
  })

  it('tells nobody a password of any other bootstrap file', () => {
    const { demo: _demo, ...real } = demo

    const settings = { issuer, defaultClient: 'demo', defaultAudience: 'http://127.0.0.1:8001' }
    const lines = [real, undefined].map((file) => exampleRequests(settings, file))

    expect(lines).toEqual(Array(2).fill([`curl ${issuer}/.well-known/oauth-authorization-server`]))
  })
})
