import { generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'

/** A key pair as an issuer has it: the private half signs, the public half is published. */
export interface TestKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly publicJwk: JsonWebKey
}

/** A fresh RSA key pair; 2048 bits unless told. */
export function aKey(kid: string, modulusLength: number = 2048): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength })
  const publicJwk = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }
  return { kid, privateKey, publicKey, publicJwk }
}
