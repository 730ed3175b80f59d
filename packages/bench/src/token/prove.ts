import { createPublicKey } from 'node:crypto'
import { compactVerify, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { requestTokens } from '../issuer/token-request.ts'
import type { TokenServer } from './candidates.ts'

/**
 * Rejects unless a server does the work: it must issue an access token that is a JWT, expires, and is signed with RS256
 * by a key of 2048 bits from its own key set.
 */
export async function proveIssues({ tokenEndpoint, jwksUri, request }: TokenServer): Promise<void> {
  const { access_token: token } = await requestTokens(tokenEndpoint, request)
  if (typeof token !== 'string' || token.split('.').length !== 3)
    throw new Error('the access token is no JWT')

  const { alg, kid } = decodeProtectedHeader(token)
  if (alg !== 'RS256') throw new Error(`it signs with ${alg}, not RS256`)
  const { keys } = (await (await fetch(jwksUri)).json()) as JSONWebKeySet
  const jwk = keys.find((one) => one.kid === kid)
  if (!jwk) throw new Error('the key of its token is not in its key set')
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  if (key.asymmetricKeyDetails?.modulusLength !== 2048) throw new Error('its key has not 2048 bits')

  await compactVerify(token, key)
  const { payload } = await jwtVerify(token, key)
  if (payload.exp === undefined) throw new Error('its token never expires')
}
