import { availableParallelism } from 'node:os'
import { isAbsolute, join } from 'node:path'
import {
  ConfigError,
  duration,
  type Environment,
  type LogLevel,
  logLevel,
  port,
  readSettings,
  type Settings,
  text,
  wholeNumber,
} from '@countersign/http-service'
import { audienceProblem, issuerProblem, type Seconds } from '@countersign/shared'
import { z } from 'zod'
import type { DatabaseLocation } from './storage/database.ts'

/** The settings of the authorization server: what each is read as, and what the documentation says of it. */
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
    schema: z.string().superRefine(saying(databaseProblem)),
    default: 'sqlite:./data/auth.db',
    secret: true,
    description:
      'Where the data lives: `sqlite:` and a path. The start migrates; a newer database is refused.',
  },
  AUTH_KEY_ENCRYPTION_SECRET: {
    schema: z.string().superRefine(saying(secretProblem)),
    secret: true,
    defaultInWords: 'made once, in a file beside the database',
    description: '32 random bytes, base64url: encrypts the private keys at rest.',
  },
  AUTH_BOOTSTRAP_FILE: {
    schema: text,
    defaultInWords: 'none; the demo file under `pnpm start`',
    description: 'JSON with users, clients and resources that shall exist.',
  },
  AUTH_DEFAULT_CLIENT: {
    schema: text,
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
  AUTH_KEY_SIZE: {
    schema: wholeNumber(2048, 8192),
    default: '2048',
    description: 'The bits of a new RSA key.',
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
    description: 'The origins whose pages may call `/token`, separated by commas; `*` for all.',
  },
  AUTH_LOG_LEVEL: { schema: logLevel, default: 'info', description: 'How much is logged.' },
} as const satisfies Settings

/** A key is published this long before it signs. */
const KEY_PUBLISH_LEAD: Seconds = 86_400

/** What the settings say, in the units of the domain. */
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
  readonly keySize: number
  readonly keyPublishLead: Seconds
  readonly passwordCost: number
  readonly passwordWorkers: number
  readonly trustedProxies: number
  readonly corsOrigins: '*' | readonly string[]
  readonly logLevel: LogLevel
}

/** Reads every setting. Throws one `ConfigError` that lists all problems. */
export function readConfig(environment: Environment): Config {
  const problems: string[] = []
  const values = readSettings(AUTH_SETTINGS, environment, problems)
  if (problems.length > 0) throw new ConfigError(problems)

  return Object.freeze({
    host: values.AUTH_HOST,
    port: values.AUTH_PORT,
    issuer: values.AUTH_ISSUER ?? `http://127.0.0.1:${values.AUTH_PORT}`,
    database: databaseLocation(values.AUTH_DATABASE_URL, environment.root),
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
    keySize: values.AUTH_KEY_SIZE,
    keyPublishLead: KEY_PUBLISH_LEAD,
    passwordCost: values.AUTH_PASSWORD_COST,
    passwordWorkers: values.AUTH_PASSWORD_WORKERS ?? availableParallelism(),
    trustedProxies: values.AUTH_TRUST_PROXY,
    corsOrigins: values.AUTH_CORS_ORIGINS === '*' ? '*' : values.AUTH_CORS_ORIGINS.split(','),
    logLevel: values.AUTH_LOG_LEVEL,
  })
}

/** Turns a rule that names a problem into a check of zod's. */
function saying(problemOf: (text: string) => string | undefined) {
  return (value: string, context: z.RefinementCtx): void => {
    const message = problemOf(value)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  }
}

function databaseProblem(url: string): string | undefined {
  return /^sqlite:./.test(url) ? undefined : 'must be sqlite: and a path, like sqlite:./data/auth.db'
}

/** `sqlite::memory:` forgets everything when the process ends. */
function databaseLocation(url: string, root: string): DatabaseLocation {
  const path = url.slice('sqlite:'.length)
  return path === ':memory:' ? { kind: 'memory' } : { kind: 'sqlite', path: fromRoot(root, path) }
}

function fromRoot(root: string, path: string): string {
  return isAbsolute(path) ? path : join(root, path)
}

function secretProblem(secret: string): string | undefined {
  return /^[A-Za-z0-9_-]{43}$/.test(secret)
    ? undefined
    : 'must be 32 random bytes in base64url (43 characters): make one with `openssl rand 32 | basenc --base64url | tr -d =`'
}

function originsProblem(list: string): string | undefined {
  if (list === '*') return undefined
  const wrong = list.split(',').find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin)
  return wrong === undefined
    ? undefined
    : `must be * or origins like https://app.example.com, which "${wrong}" is not`
}
