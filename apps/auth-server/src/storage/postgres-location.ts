import type { ConnectionOptions } from 'node:tls'
import { readTextFile, UnreadableTextError } from '@countersign/settings'
import { isOnLoopback, type Seconds } from '@countersign/shared'
import { StartRefused } from './errors.ts'

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
    /** Encrypted, by whoever answers. */
    | { readonly kind: 'unverified' }
    /** The same where the server has TLS, and plain where it has none: for one on this machine. */
    | { readonly kind: 'preferred' }
    /** The certificate and its name are checked, against this file of certificates or those of the system. */
    | { readonly kind: 'verified'; readonly rootCertificates: string | undefined }
}

/** What to call a database where everybody may read it: the URL without password and options. */
export function publicNameOf({ user, host, port, database }: PostgresLocation): string {
  return `postgres://${user}@${host.includes(':') ? `[${host}]` : host}:${port}/${database}`
}

/** True for a socket's folder and for loopback: what is sent there does not leave this machine. */
export function isOnThisMachine(host: string): boolean {
  if (host.startsWith('/')) return true
  const url = `http://${host.includes(':') ? `[${host}]` : host}`
  return URL.canParse(url) && isOnLoopback(url)
}

/** What TLS needs to know; throws `StartRefused` when the root certificates cannot be read. */
export function tlsOptions({ tls }: PostgresLocation): ConnectionOptions | false {
  switch (tls.kind) {
    case 'off':
      return false
    case 'unverified':
    case 'preferred':
      return { rejectUnauthorized: false }
    case 'verified':
      return tls.rootCertificates === undefined ? {} : { ca: readCertificates(tls.rootCertificates) }
    default:
      return tls satisfies never
  }
}

function readCertificates(path: string): string {
  try {
    return readTextFile(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const because = error instanceof UnreadableTextError ? error.message : `cannot be read (${code})`
    throw new StartRefused(`The file ${path}, which AUTH_DATABASE_URL names as sslrootcert, ${because}.`)
  }
}
