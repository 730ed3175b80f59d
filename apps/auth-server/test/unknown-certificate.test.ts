import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAccessTokenVerifier } from '@countersign/access-token-verifier'
import { expect, it, onTestFinished } from 'vitest'
import { selfSignedCertificate } from './support/self-signed-certificate.ts'

it('is told apart from an issuer that is away, with the setting that makes it known', async () => {
  const { certificate, key } = selfSignedCertificate()
  const server = createServer({ cert: certificate, key }, (_request, response) => response.end('{}'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const verifier = createAccessTokenVerifier({ issuer, audience: 'https://api.example.com' })
  onTestFinished(() => verifier.close())

  const error = await verifier.prepare().catch((refusal: unknown) => refusal)

  expect(error).toMatchObject({
    code: 'keys_unavailable',
    cause: {
      message: expect.stringMatching(
        /^https:\/\/127\.0\.0\.1:\d+\/.*: its certificate is from an authority that Node\.js does not know \(\w*SELF_SIGNED_CERT\w*\): name a file with that authority in NODE_EXTRA_CA_CERTS\.$/,
      ),
    },
  })
})
