import { readTextFile, UnreadableTextError } from '@countersign/settings'
import type { JSONWebKeySet } from 'jose'
import type { Client, ClientAuthentication } from '../../domain/clients/client.ts'
import { clientJwksProblem } from '../../domain/clients/client-jwks.ts'
import { Refusal } from '../output/refusal.ts'

/** Reads the public keys of a client from a file (RFC 7517 §5). Refuses one that holds a private key, or none of ours. */
export function readJwks(path: string): JSONWebKeySet {
  const document = parseFile(path)
  const problem = clientJwksProblem(document)
  if (problem !== undefined) throw new Refusal(`The file of --jwks ${problem}.`)
  // `clientJwksProblem` has looked at every key.
  return document as JSONWebKeySet
}

/** Reads keys in place of those a client has. Refuses a client that has none: how it authenticates stays. */
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
    // Without what was given: somebody may have put the keys there, and private ones among them.
    if (error instanceof UnreadableTextError) throw new Refusal(`The file of --jwks ${error.message}.`)
    const because =
      error instanceof SyntaxError
        ? 'is not JSON'
        : `cannot be read (${(error as NodeJS.ErrnoException).code})`
    throw new Refusal(`The file of --jwks ${because}: give the client's public keys as {"keys":[…]}.`)
  }
}
