import { generateKeyPairSync } from 'node:crypto'

/** The name every contestant gives its key. */
export const KID = 'bench'

/** A key of the kind that all contestants sign with: RSA, 2048 bits. */
export const makeKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 })

/** A key as JWK, for RS256. */
export const jwkOf = (key) => ({ ...key.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: KID })
