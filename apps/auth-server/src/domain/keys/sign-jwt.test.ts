import { createPrivateKey } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import { expect, it } from 'vitest'
import { signJwt } from './sign-jwt.ts'
import { generateSigningKey } from './signing-key.ts'

it('signs the bytes that jose would', async () => {
  const { kid, privateJwk } = await generateSigningKey(2048)
  const claims = {
    iss: 'https://as.example.com',
    aud: ['urn:a', 'urn:b'],
    exp: 2_000_000_000,
    name: 'Zoë 🙂',
  }

  const ours = await signJwt(
    { kid, privateKey: createPrivateKey({ key: privateJwk, format: 'jwk' }) },
    'at+jwt',
    claims,
  )

  const theirs = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid })
    .sign(await importJWK(privateJwk, 'RS256'))
  expect(ours).toBe(theirs)
})
