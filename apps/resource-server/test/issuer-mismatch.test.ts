import { createAccessTokenVerifier } from '@countersign/access-token-verifier'
import { expect, it } from 'vitest'
import { reportIssuerMismatch } from '../src/issuer-mismatch.ts'
import { AUDIENCE, NOW, startIssuer } from './support/test-issuer.ts'
import { captureLog } from './support/test-server.ts'

/** Runs a report whose pauses take no time, and whose world `between` changes during each of them. */
async function report(
  issuer: { readonly issuer: string; readonly address: string },
  between: (pauses: number, stop: () => void) => Promise<void> | void,
) {
  const { logger, lines } = captureLog()
  const stopping = new AbortController()
  const pauses: number[] = []
  let prepared = 0

  await reportIssuerMismatch({
    issuer: issuer.issuer,
    issuerAddress: issuer.address,
    audience: AUDIENCE,
    // A verifier of its own each time: this one has no back-off to wait for.
    prepare: async () => {
      const fresh = createAccessTokenVerifier({ issuer: issuer.issuer, audience: AUDIENCE })
      try {
        await fresh.prepare()
        prepared += 1
      } finally {
        fresh.close()
      }
    },
    logger,
    now: () => NOW,
    stopping: stopping.signal,
    pause: async (milliseconds) => {
      pauses.push(milliseconds)
      await between(pauses.length, () => stopping.abort())
    },
  })
  return { said: lines.map(({ level, msg }) => `${level}: ${msg}`), pauses, prepared }
}

const AGREED = 'info: issuer, audience and clock agree, and the key set is here'

it('says once that all agree, and is done', async () => {
  const issuer = await startIssuer()

  const { said, pauses, prepared } = await report(issuer, () => {})

  expect({ said, pauses, prepared }).toEqual({ said: [AGREED], pauses: [], prepared: 1 })
})

it('says that the issuer has another name, once, until it has ours', async () => {
  const issuer = await startIssuer()
  issuer.describe({ issuer: 'http://localhost:8000' })

  const { said, pauses } = await report(issuer, (count) => {
    if (count === 3) issuer.describe({})
  })

  expect(said).toEqual([expect.stringMatching(/^warn: RESOURCE_ISSUER is http:\/\/127\.0\.0\.1:/), AGREED])
  expect(pauses).toEqual([250, 500, 1000])
})

it('says something else when something else is in the way', async () => {
  const issuer = await startIssuer()
  issuer.describe({ protected_resources: ['https://other.example'] })

  const { said } = await report(issuer, (count) => {
    if (count === 1) issuer.setClock(-60)
    if (count === 2) issuer.describe({ protected_resources: [AUDIENCE] })
    if (count === 3) issuer.setClock(0)
  })

  expect(said).toEqual([
    expect.stringContaining(`warn: RESOURCE_AUDIENCE is ${AUDIENCE}`),
    expect.stringMatching(/^warn: The clock of .* is 60 s behind ours/),
    AGREED,
  ])
})

it.each(['-1', 'old', '1.5', ''])('takes no clock for wrong because of the age %j', async (age) => {
  const issuer = await startIssuer()
  issuer.setAge(age)

  expect((await report(issuer, () => {})).said).toEqual([AGREED])
})

it('adds the time in caches to the date of an answer [RFC 9111 §4.2.3]', async () => {
  const issuer = await startIssuer()
  issuer.setClock(-60)
  issuer.setAge('60')
  expect((await report(issuer, () => {})).said).toEqual([AGREED])

  issuer.setAge('9'.repeat(400))
  const { said } = await report(issuer, (_count, stop) => stop())
  expect(said).toEqual([expect.stringMatching(/^warn: The clock of .* is \d+ s ahead of ours/)])
})

it('holds the keys although the clocks are apart', async () => {
  const issuer = await startIssuer()
  issuer.setClock(60)

  const { prepared } = await report(issuer, (_count, stop) => stop())

  expect(prepared).toBe(1)
})

it('says nothing of an issuer that is there a moment later', async () => {
  const issuer = await startIssuer()
  const port = Number(new URL(issuer.address).port)
  await issuer.close()

  const { said } = await report(issuer, async (count) => {
    if (count === 2) await startIssuer({ port, key: issuer.key })
  })

  expect(said).toEqual([AGREED])
})

it('says that the issuer is not reachable, and when it is', async () => {
  const issuer = await startIssuer()
  const port = Number(new URL(issuer.address).port)
  await issuer.close()

  const { said, pauses } = await report(issuer, async (count) => {
    if (count === 7) await startIssuer({ port, key: issuer.key })
  })

  expect(said).toEqual([
    `warn: The authorization server RESOURCE_ISSUER=${issuer.issuer} cannot be asked (ECONNREFUSED): ` +
      'start it, correct RESOURCE_ISSUER, or set RESOURCE_ISSUER_ADDRESS to the address where this server can reach it.',
    AGREED,
  ])
  expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000])
})

it('says why the keys cannot be had', async () => {
  const issuer = await startIssuer()
  issuer.describe({ jwks_uri: `${issuer.issuer}/nothing` })

  const { said } = await report(issuer, (count, stop) => {
    if (count === 3) stop()
  })

  expect(said).toEqual([
    `warn: The key set of RESOURCE_ISSUER=${issuer.issuer} cannot be had: ${issuer.issuer}/nothing answered with status 404.`,
  ])
})
