import { readFileSync } from 'node:fs'
import type { JSONWebKeySet } from 'jose'
import { clientJwksProblem } from '../domain/clients/client-jwks.ts'
import { Refusal } from './refusal.ts'

/** Reads the public keys of a client from a file (RFC 7517 §5). Refuses one that holds a private key, or none of ours. */
export function readJwks(path: string): JSONWebKeySet {
  const document = parseFile(path)
  const problem = clientJwksProblem(document)
  if (problem !== undefined) throw new Refusal(`The file ${path} ${problem}.`)
  // `clientJwksProblem` has looked at every key.
  return document as JSONWebKeySet
}

function parseFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const because = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read'
    throw new Refusal(`The file ${path} ${because}: give the client's public keys as {"keys":[…]}.`)
  }
}
