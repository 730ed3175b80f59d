import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import type { Seconds } from '@countersign/shared'
import { StartRefused } from './start-refused.ts'

/** A PostgreSQL database, and how to speak to it. Nothing in it but `password` is a secret. */
export interface PostgresLocation {
  readonly kind: 'postgres'
  /** A name, an address, or the folder of a socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string | undefined
  readonly database: string
  /** How many connections this process opens at most. */
  readonly poolMax: number
  /** How long a query waits for a connection, old or new. */
  readonly connectTimeout: Seconds
  /** How long one statement may take; 0 for no limit of ours. */
  readonly statementTimeout: Seconds
  readonly tls:
    | { readonly kind: 'off' }
    | { readonly kind: 'unverified' }
    /** The certificate and its name are checked, against this file of certificates or those of the system. */
    | { readonly kind: 'verified'; readonly rootCertificates: string | undefined }
}

/** What to call a database where everybody may read it: the URL without password and options. */
export function publicNameOf({ user, host, port, database }: PostgresLocation): string {
  return `postgres://${user}@${host.includes(':') ? `[${host}]` : host}:${port}/${database}`
}

/** What TLS needs to know; throws `StartRefused` when the root certificates cannot be read. */
export function tlsOptions({ tls }: PostgresLocation): ConnectionOptions | false {
  switch (tls.kind) {
    case 'off':
      return false
    case 'unverified':
      return { rejectUnauthorized: false }
    case 'verified':
      return tls.rootCertificates === undefined ? {} : { ca: readCertificates(tls.rootCertificates) }
    default:
      return tls satisfies never
  }
}

function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new StartRefused(
      `The file ${path}, which AUTH_DATABASE_URL names as sslrootcert, cannot be read (${code}).`,
    )
  }
}
