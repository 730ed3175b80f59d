import { readTextFile, UnreadableTextError } from '@countersign/settings'
import type { JSONWebKeySet } from 'jose'
import type { Client, ClientAuthentication } from '../../domain/clients/client.ts'
import { clientJwksProblem } from '../../domain/clients/client-jwks.ts'
import { Refusal } from '../output/refusal.ts'

/**
 * Reads the public keys of a client from a file (RFC 7517 §5). Refuses a file without a key, with a private key, or
 * with a key that this server cannot use.
 */
export function readJwks(path: string): JSONWebKeySet {
  const document = parseFile(path)
  const problem = clientJwksProblem(document)
  if (problem !== undefined) throw new Refusal(`The file of --jwks ${problem}.`)
  // `clientJwksProblem` has checked every key.
  return document as JSONWebKeySet
}

/** Reads keys that replace those of a client. Refuses a client without keys, because how it authenticates cannot change. */
export function keysFor({ id, authentication }: Client, path: string): ClientAuthentication {
  if (authentication.kind === 'keys') return { kind: 'keys', jwks: readJwks(path) }
  throw new Refusal(
    authentication.kind === 'none'
      ? `Client ${id} is public and has no keys: leave out --jwks.`
      : `Client ${id} proves itself by a secret: leave out --jwks, and \`auth clients rotate-secret ${id}\` gives it another.`,
  )
}

function parseFile(path: string): unknown {
  try {
    return JSON.parse(readTextFile(path))
  } catch (error) {
    // The message does not repeat what was given: it may be the keys themselves, and private ones among them.
    if (error instanceof UnreadableTextError) throw new Refusal(`The file of --jwks ${error.message}.`)
    const because =
      error instanceof SyntaxError
        ? 'is not JSON'
        : `cannot be read (${(error as NodeJS.ErrnoException).code})`
    throw new Refusal(`The file of --jwks ${because}: give the client's public keys as {"keys":[…]}.`)
  }
}
