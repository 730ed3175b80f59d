import type { JSONWebKeySet, JWK } from 'jose'

/**
 * Says what keeps a document from being the key set of a `private_key_jwt` client, as the end of a sentence; `undefined`
 * when it is one: public keys alone, RSA of at least 2048 bits or EC on P-256, each of which some assertion can be
 * signed with.
 */
export function clientJwksProblem(document: unknown): string | undefined {
  const keys = (document as JSONWebKeySet | null)?.keys
  if (!Array.isArray(keys) || keys.length === 0)
    return 'is not a key set: write {"keys":[…]} with at least one key'
  return keys.map(keyProblem).find((problem) => problem !== undefined)
}

function keyProblem(key: JWK): string | undefined {
  if (typeof key !== 'object' || key === null) return 'holds something that is not a key'
  if (['d', 'p', 'q', 'k'].some((member) => member in key)) {
    return 'holds a private key: register the public part alone, and replace a key that was shown'
  }
  if (key.kty === 'EC') {
    return key.crv === 'P-256' && key.x && key.y ? undefined : 'holds an EC key that is not a point on P-256'
  }
  if (key.kty !== 'RSA') return 'holds a key that is neither RSA nor EC'
  if (!key.n || !key.e) return 'holds an RSA key without n or e'
  return Buffer.from(key.n, 'base64url').length >= 256
    ? undefined
    : 'holds an RSA key of fewer than 2048 bits'
}
