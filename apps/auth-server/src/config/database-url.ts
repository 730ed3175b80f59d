import { isAbsolute, join } from 'node:path'
import { duration, durationOrNone, oneOf, wholeNumber } from '@countersign/settings'
import { z } from 'zod'
import type { DatabaseLocation } from '../storage/database.ts'
import { isOnThisMachine, type PostgresLocation } from '../storage/postgres-location.ts'

/** The words of libpq. All but the first three check the certificate and the name in it, as in pg. */
const TLS_MODES = ['disable', 'no-verify', 'prefer', 'require', 'verify-ca', 'verify-full'] as const

/**
 * The options that may follow the `?` of a PostgreSQL URL. Any other is refused: an option that is ignored may have
 * been meant to protect something.
 */
const OPTIONS = z.strictObject({
  pool_max: wholeNumber(1, 1000).default(10),
  // A caller prefers the answer "try again" to no answer.
  connect_timeout: duration.default(3),
  statement_timeout: durationOrNone.default(5),
  sslmode: oneOf(TLS_MODES).optional(),
  sslrootcert: z.string().optional(),
})

/**
 * Reads a database URL: `sqlite:` and a path (the data of `sqlite::memory:` is lost when the process ends), or
 * `postgres://user:password@host:port/database` with options. Its problems never repeat any part of a password.
 */
export const databaseUrl: z.ZodType<DatabaseLocation, string> = z.string().transform((url, context) => {
  const parsed = parseDatabaseUrl(url)
  if ('kind' in parsed) return parsed
  for (const message of parsed) context.addIssue({ code: 'custom', message })
  return z.NEVER
})

/** The same location, with its relative paths resolved from the root. */
export function locatedFrom(root: string, location: DatabaseLocation): DatabaseLocation {
  const rooted = (path: string) => (isAbsolute(path) ? path : join(root, path))
  switch (location.kind) {
    case 'memory':
      return location
    case 'sqlite':
      return { ...location, path: rooted(location.path) }
    case 'postgres':
      return location.tls.kind === 'verified' && location.tls.rootCertificates !== undefined
        ? { ...location, tls: { kind: 'verified', rootCertificates: rooted(location.tls.rootCertificates) } }
        : location
    default:
      return location satisfies never
  }
}

/** The location, or the problems of the text. Each problem is the end of a sentence. */
function parseDatabaseUrl(url: string): DatabaseLocation | readonly string[] {
  if (url === 'sqlite::memory:') return { kind: 'memory' }
  // A text with a user before an @ is the URL of another database. Its password would be taken for a part of the path.
  if (/^sqlite:(?!.*:\/\/|\/\/[^/]*@)./s.test(url))
    return { kind: 'sqlite', path: url.slice('sqlite:'.length) }
  if (/^postgres(?:ql)?:\/\//.test(url)) return parsePostgresUrl(url)
  return [
    'must be sqlite: and a path, like sqlite:./data/auth.db, or postgres://user:password@host:5432/database',
  ]
}

function parsePostgresUrl(text: string): PostgresLocation | readonly string[] {
  // A second @ means that the password contains one. The text after it would then be taken for the host, which is not
  // kept secret.
  const url = text.split('@').length <= 2 && URL.canParse(text) ? new URL(text) : undefined
  const user = decoded(url?.username)
  const password = decoded(url?.password)
  // libpq accepts several hosts. pg accepts one, and would look up the whole list as one name.
  const host = url?.hostname.includes(',') ? undefined : decoded(url?.hostname.replace(/^\[(.*)\]$/, '$1'))
  const database = decoded(url?.pathname.slice(1))
  if (!url || !user || password === undefined || !host || !database || url.hash !== '') {
    return [
      'must be like postgres://user:password@host:5432/database, ' +
        'with what is special in a URL percent-encoded (@ as %40, / as %2F, # as %23, % as %25)',
    ]
  }

  const names = [...url.searchParams.keys()]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) return ['has an option twice']
  const options = OPTIONS.safeParse(Object.fromEntries(url.searchParams))
  if (!options.success) return options.error.issues.map(problemOf)
  const tls = tlsOf(host, options.data)
  if (options.data.sslrootcert !== undefined && tls.kind !== 'verified') {
    return ['has the option sslrootcert, which has no use without sslmode=verify-full']
  }
  return {
    kind: 'postgres',
    host,
    port: Number(url.port || '5432'),
    user,
    password: password || undefined,
    database,
    poolMax: options.data.pool_max,
    connectTimeout: options.data.connect_timeout,
    statementTimeout: options.data.statement_timeout,
    tls,
  }
}

/**
 * Nothing leaves this machine unprotected unless the URL says so. On this machine, TLS is only preferred: a database
 * server there has no certificate, or a self-signed one. For any other host, preferring TLS is not enough: a machine in
 * between could turn it off.
 */
function tlsOf(
  host: string,
  { sslmode, sslrootcert: rootCertificates }: z.output<typeof OPTIONS>,
): PostgresLocation['tls'] {
  const mode = sslmode ?? (isOnThisMachine(host) ? 'prefer' : 'require')
  if (mode === 'disable') return { kind: 'off' }
  if (mode === 'no-verify') return { kind: 'unverified' }
  if (mode === 'prefer' && isOnThisMachine(host)) return { kind: 'preferred' }
  return { kind: 'verified', rootCertificates }
}

function problemOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'unrecognized_keys'
    ? `has an option nobody knows: there are ${Object.keys(OPTIONS.shape).join(', ')}`
    : `has the option ${issue.path.join()}, which ${issue.message}`
}

function decoded(part: string | undefined): string | undefined {
  try {
    return part === undefined ? undefined : decodeURIComponent(part)
  } catch {
    // A % that encodes nothing: what was meant is unknown.
    return undefined
  }
}
