import { availableParallelism } from 'node:os'
import { isAbsolute, join } from 'node:path'
import {
  ConfigError,
  DRAIN_DELAY,
  duration,
  durationOrNone,
  type Environment,
  KEEP_ALIVE,
  type LogLevel,
  logLevel,
  port,
  readSettings,
  type Settings,
  saying,
  text,
  wholeNumber,
} from '@countersign/settings'
import { audienceProblem, issuerProblem, type Seconds } from '@countersign/shared'
import { z } from 'zod'
import { clientIdProblem } from '../domain/clients/client.ts'
import type { DatabaseLocation } from '../storage/database.ts'
import { databaseUrl, locatedFrom } from './database-url.ts'
import { settingRuleProblems } from './setting-rules.ts'

/**
 * The settings of the authorization server: how each is read, and how the documentation describes it.
 *
 * This folder owns the settings, the rules between them (`setting-rules.ts`), and where the key-encryption secret is
 * kept. It does not own what a setting does: `start-server.ts` passes each setting to the code that uses it.
 */
export const AUTH_SETTINGS = {
  AUTH_HOST: {
    schema: text,
    default: '127.0.0.1',
    description: 'The address to listen on; containers set `0.0.0.0`.',
  },
  AUTH_PORT: { schema: port, default: '8000', description: 'The port to listen on.' },
  AUTH_ISSUER: {
    schema: z.string().superRefine(saying(issuerProblem)),
    defaultInWords: '`http://127.0.0.1:$AUTH_PORT`',
    description:
      'The name in every token: an origin, `https` unless it is on loopback, compared character by character.',
  },
  AUTH_DATABASE_URL: {
    schema: databaseUrl,
    default: 'sqlite:./data/auth.db',
    secret: true,
    description:
      'Where the data lives: `sqlite:` and a path, or `postgres://user:password@host:5432/database`, then for any number of replicas. The start migrates; a newer database is refused. Options of PostgreSQL, after a `?` and with `&` between them: `pool_max` (10), the connections of one process; `connect_timeout` (`3s`), how long to wait for one; `statement_timeout` (`5s`; `0s` sends none, for poolers that refuse it); `sslmode` (`prefer` on loopback and sockets, `require` elsewhere), where `require`, `verify-ca` and `verify-full` all check the certificate and the name in it, `no-verify` only encrypts, `disable` does not, and `prefer` encrypts without a check where the server has TLS, but is `require` to another host; `sslrootcert`, a file of root certificates instead of those of the system.',
  },
  AUTH_KEY_ENCRYPTION_SECRET: {
    schema: z.string().superRefine(saying(keyEncryptionSecretProblem)),
    secret: true,
    defaultInWords: 'made once, in a file beside the SQLite database; required with PostgreSQL',
    description: '32 random bytes, base64url: encrypts the private keys at rest.',
  },
  AUTH_BOOTSTRAP_FILE: {
    schema: text,
    defaultInWords: 'none; the demo file under `pnpm start`',
    description: 'JSON with users, clients and resources that shall exist.',
  },
  AUTH_DEFAULT_CLIENT: {
    schema: z.string().superRefine(saying(clientIdProblem)),
    defaultInWords: "none; the demo's client under `pnpm start`",
    description: 'The public client that a request without any client identification is treated as.',
  },
  AUTH_DEFAULT_AUDIENCE: {
    schema: z.string().superRefine(saying(audienceProblem)),
    defaultInWords: 'none; `RESOURCE_AUDIENCE` under `pnpm start`',
    description: 'The audience of tokens for a client with several, when a request names none.',
  },
  AUTH_ACCESS_TOKEN_LIFETIME: {
    schema: duration,
    default: '30m',
    description: 'How long an access token lives.',
  },
  AUTH_REFRESH_TOKEN_LIFETIME: {
    schema: duration,
    default: '30d',
    description: 'How long a sign-in can be kept alive by refreshing.',
  },
  AUTH_REFRESH_TOKEN_IDLE_LIFETIME: {
    schema: duration,
    default: '7d',
    description: 'How long a refresh token lives unused.',
  },
  AUTH_REFRESH_REUSE_GRACE: {
    schema: durationOrNone,
    default: '0s',
    description:
      'For how long a client that lost the answer gets the same successor again; `0s`: a consumed token always revokes its authorization.',
  },
  AUTH_STATUS_LIST_TTL: {
    schema: duration,
    default: '5s',
    description:
      'How old a status list may be at a resource server: how long a revoked authorization may still work; twice as long when this server is slow to answer.',
  },
  AUTH_STATUS_LIST_LIFETIME: {
    schema: duration,
    default: '24h',
    description: 'How long a status list counts when this server cannot be asked.',
  },
  AUTH_KEY_SIZE: {
    schema: wholeNumber(2048, 8192),
    default: '2048',
    description: 'The bits of a new RSA key.',
  },
  AUTH_KEY_LIFETIME: {
    schema: duration,
    default: '90d',
    description: 'How long a key signs before the next one does.',
  },
  AUTH_KEY_PUBLISH_LEAD: {
    schema: duration,
    default: '1d',
    description:
      'How long a key is published before it signs: 4 s or more, and less than the lifetime. The key set may be kept for a quarter of it, 5 minutes at most.',
  },
  AUTH_PASSWORD_COST: {
    schema: wholeNumber(4, 16),
    default: '10',
    description: "bcrypt's cost: each step doubles the time a sign-in takes.",
  },
  AUTH_PASSWORD_WORKERS: {
    schema: wholeNumber(1, 256),
    defaultInWords: 'the cores there are',
    description: 'The threads that hash passwords; they start when first needed.',
  },
  AUTH_TRUST_PROXY: {
    schema: wholeNumber(0, 16),
    default: '0',
    description: 'The number of proxies in front whose `X-Forwarded-For` counts.',
  },
  AUTH_CORS_ORIGINS: {
    schema: z.string().superRefine(saying(originsProblem)),
    default: '*',
    description: 'The origins whose pages may call `/token` and `/revoke`, separated by commas; `*` for all.',
  },
  AUTH_KEEP_ALIVE: KEEP_ALIVE,
  AUTH_DRAIN_DELAY: DRAIN_DELAY,
  AUTH_METRICS_PORT: {
    schema: port,
    defaultInWords: 'none: nothing is measured',
    description:
      'Where `/metrics` is served for Prometheus, on a port of its own at `AUTH_HOST`; keep it inside.',
  },
  AUTH_LOG_LEVEL: { schema: logLevel, default: 'info', description: 'How much is logged.' },
} as const satisfies Settings

/** The values of the settings, in the units of the domain. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly issuer: string
  readonly database: DatabaseLocation
  readonly keyEncryptionSecret: Uint8Array | undefined
  readonly bootstrapFile: string | undefined
  readonly defaultClient: string | undefined
  readonly defaultAudience: string | undefined
  readonly accessTokenLifetime: Seconds
  readonly refreshTokenLifetime: Seconds
  readonly refreshTokenIdleLifetime: Seconds
  readonly refreshReuseGrace: Seconds
  readonly statusListTtl: Seconds
  readonly statusListLifetime: Seconds
  readonly keySize: number
  readonly keyLifetime: Seconds
  readonly keyPublishLead: Seconds
  readonly passwordCost: number
  readonly passwordWorkers: number
  readonly trustedProxies: number
  readonly corsOrigins: '*' | readonly string[]
  readonly keepAlive: Seconds
  readonly drainDelay: Seconds
  readonly metricsPort: number | undefined
  readonly logLevel: LogLevel
}

/** Reads every setting. Throws one `ConfigError` that lists all problems. */
export function readConfig(environment: Environment): Config {
  const problems: string[] = []
  const values = readSettings(AUTH_SETTINGS, environment, problems)
  if (values.AUTH_DATABASE_URL?.kind === 'postgres' && values.AUTH_KEY_ENCRYPTION_SECRET === undefined) {
    problems.push(
      'AUTH_KEY_ENCRYPTION_SECRET must be set with PostgreSQL: all replicas read the same keys, and none has a file for it beside the database.',
    )
  }
  problems.push(...settingRuleProblems(values))
  if (problems.length > 0) throw new ConfigError(problems)

  return Object.freeze({
    host: values.AUTH_HOST,
    port: values.AUTH_PORT,
    issuer: values.AUTH_ISSUER ?? `http://127.0.0.1:${values.AUTH_PORT}`,
    database: locatedFrom(environment.root, values.AUTH_DATABASE_URL),
    keyEncryptionSecret:
      values.AUTH_KEY_ENCRYPTION_SECRET === undefined
        ? undefined
        : Buffer.from(values.AUTH_KEY_ENCRYPTION_SECRET, 'base64url'),
    bootstrapFile:
      values.AUTH_BOOTSTRAP_FILE === undefined
        ? undefined
        : fromRoot(environment.root, values.AUTH_BOOTSTRAP_FILE),
    defaultClient: values.AUTH_DEFAULT_CLIENT,
    defaultAudience: values.AUTH_DEFAULT_AUDIENCE,
    accessTokenLifetime: values.AUTH_ACCESS_TOKEN_LIFETIME,
    refreshTokenLifetime: values.AUTH_REFRESH_TOKEN_LIFETIME,
    refreshTokenIdleLifetime: values.AUTH_REFRESH_TOKEN_IDLE_LIFETIME,
    refreshReuseGrace: values.AUTH_REFRESH_REUSE_GRACE,
    statusListTtl: values.AUTH_STATUS_LIST_TTL,
    statusListLifetime: values.AUTH_STATUS_LIST_LIFETIME,
    keySize: values.AUTH_KEY_SIZE,
    keyLifetime: values.AUTH_KEY_LIFETIME,
    keyPublishLead: values.AUTH_KEY_PUBLISH_LEAD,
    passwordCost: values.AUTH_PASSWORD_COST,
    passwordWorkers: values.AUTH_PASSWORD_WORKERS ?? availableParallelism(),
    trustedProxies: values.AUTH_TRUST_PROXY,
    corsOrigins: values.AUTH_CORS_ORIGINS === '*' ? '*' : values.AUTH_CORS_ORIGINS.split(','),
    keepAlive: values.AUTH_KEEP_ALIVE,
    drainDelay: values.AUTH_DRAIN_DELAY,
    metricsPort: values.AUTH_METRICS_PORT,
    logLevel: values.AUTH_LOG_LEVEL,
  })
}

function fromRoot(root: string, path: string): string {
  return isAbsolute(path) ? path : join(root, path)
}

/** What is wrong with a key-encryption secret, in words that follow its name. `undefined` when nothing is wrong. */
export function keyEncryptionSecretProblem(secret: string): string | undefined {
  return /^[A-Za-z0-9_-]{43}$/.test(secret)
    ? undefined
    : 'must be 32 random bytes in base64url (43 characters): make one with `openssl rand 32 | basenc --base64url | tr -d =`'
}

function originsProblem(list: string): string | undefined {
  if (list === '*') return undefined
  const wrong = list.split(',').some((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin)
  return wrong ? 'must be * or origins like https://app.example.com, and one of these is not' : undefined
}
