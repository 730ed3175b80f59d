import { createAccessTokenVerifier } from '@countersign/access-token-verifier'
import { createMetrics } from '@countersign/http-service'
import { expect, it } from 'vitest'
import { startServer, startServerWith } from '../support/test-server.ts'

it('refused tokens are counted by the code of the refusal', async () => {
  const metrics = await createMetrics()
  const verifier = createAccessTokenVerifier({ issuer: 'http://127.0.0.1:1', audience: 'urn:api' })
  const { url } = await startServerWith(verifier, metrics)

  await fetch(`${url}/users/me`)
  await fetch(`${url}/users/me`, { headers: { authorization: 'Bearer x' } })
  await fetch(`${url}/livez`)

  const text = await metrics.registry.metrics()
  expect(text.split('\n').filter((line) => /^(access_token|http_requests)_/.test(line))).toEqual([
    'http_requests_total{route="/users/me",status="401"} 2',
    'http_requests_total{route="/livez",status="200"} 1',
    'access_token_refusals_total{code="missing"} 1',
    'access_token_refusals_total{code="malformed"} 1',
  ])
})

it('the page of the server is HTML, for no other page to read', async () => {
  const { url } = await startServer({
    issuer: 'http://127.0.0.1:1',
    audience: 'https://api.example.com/?a&b',
  })

  const response = await fetch(url, { headers: { origin: 'https://app.example.com' } })

  expect(response.status).toBe(200)
  expect(response.headers.has('access-control-allow-origin')).toBe(false)
  expect(await response.text()).toContain('<code>https://api.example.com/?a&amp;b</code>')
})
