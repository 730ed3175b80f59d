import { expect, it } from 'vitest'
import { askForMe, PRIVATE_JSON } from '../support/answer.ts'
import { startIssuer } from '../support/test-issuer.ts'
import { startServer } from '../support/test-server.ts'

it('answers a token whose authorization is in force', async () => {
  const issuer = await startIssuer()
  const { url } = await startServer(issuer)

  const answer = await askForMe(url, await issuer.token({ status: issuer.statuses.inForce }))

  expect(answer).toMatchObject({ status: 200, body: { username: 'alice' } })
})

it('refuses a token that was revoked, and says so [RFC 6750 §3.1]', async () => {
  const issuer = await startIssuer()
  const { url, lines } = await startServer(issuer)

  const answer = await askForMe(url, await issuer.token({ status: issuer.statuses.revoked }))

  const description = 'This access token was revoked: get a new one.'
  const metadata = 'http://127.0.0.1:8001/.well-known/oauth-protected-resource'
  expect(answer).toEqual({
    status: 401,
    headers: {
      ...PRIVATE_JSON,
      'www-authenticate': `Bearer error="invalid_token", error_description="${description}", resource_metadata="${metadata}"`,
    },
    body: { error: 'invalid_token', error_description: description },
  })
  expect(lines).toEqual([
    expect.objectContaining({
      error: 'revoked',
      expected: 'status 0 (valid)',
      actual: 'status 1 (invalid)',
    }),
  ])
})

it('asks to come back when the status list cannot be had and none is at hand', async () => {
  const issuer = await startIssuer()
  const { url } = await startServer(issuer)
  await askForMe(url, await issuer.token())
  const token = await issuer.token({ status: issuer.statuses.inForce })
  await issuer.close()

  const answer = await askForMe(url, token)

  const description = 'The status of this access token cannot be looked up right now: try again in a moment.'
  expect(answer).toEqual({
    status: 503,
    headers: { ...PRIVATE_JSON, 'retry-after': '1' },
    body: { error: 'temporarily_unavailable', error_description: description },
  })
})

it('ignores the status when RESOURCE_STATUS is ignore', async () => {
  const issuer = await startIssuer()
  const { url } = await startServer({ ...issuer, status: 'ignore' })

  const answer = await askForMe(url, await issuer.token({ status: issuer.statuses.revoked }))

  expect(answer.status).toBe(200)
})
