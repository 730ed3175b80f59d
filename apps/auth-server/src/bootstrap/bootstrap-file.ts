import {
  ConfigError,
  type Environment,
  readSecret,
  readTextFile,
  UnreadableTextError,
} from '@countersign/settings'
import { audienceProblem, parseScope } from '@countersign/shared'
import type { JSONWebKeySet } from 'jose'
import { z } from 'zod'
import { clientIdProblem, clientNameProblem } from '../domain/clients/client.ts'
import { clientJwksProblem } from '../domain/clients/client-jwks.ts'
import { ACCESS_TOKEN_TYPES, descriptionProblem } from '../domain/resources/resource.ts'
import { passwordHashProblem } from '../domain/users/password-hash.ts'
import {
  demoPasswordProblem,
  fullNameProblem,
  passwordProblem,
  usernameProblem,
} from '../domain/users/user.ts'
import { claimProblem, membershipsProblem, parseClaims } from '../domain/users/user-claims.ts'
import { normalizeUsername } from '../domain/users/user-name.ts'
import { GRANT_TYPES } from '../oauth/grant-type.ts'
import { redirectUriProblem } from '../oauth/redirect-uri.ts'
import { httpsProblem, webAddressProblem } from '../oauth/web-address.ts'

/** A text that passes a rule. */
function textWithout(problemOf: (text: string) => string | undefined) {
  return z.string().superRefine((text, context) => {
    const message = problemOf(text)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })
}

const scope = z
  .string()
  .refine((text) => parseScope(text) !== undefined, 'must be scope values with one space between them')
  .transform((text) => parseScope(text) ?? [])

const resource = z
  .strictObject({
    audience: textWithout(audienceProblem),
    scope: scope.default([]),
    introspectors: z.array(textWithout(clientIdProblem)).default([]),
    token_type: z
      .enum(ACCESS_TOKEN_TYPES, { error: `must be one of ${ACCESS_TOKEN_TYPES.join(', ')}` })
      .default('at+jwt'),
    /** By scope value. */
    descriptions: z.record(z.string(), textWithout(descriptionProblem)).default({}),
  })
  .superRefine(({ scope, descriptions }, context) => {
    for (const value of Object.keys(descriptions).filter((value) => !scope.includes(value))) {
      context.addIssue({
        code: 'custom',
        path: ['descriptions', value],
        message: 'describes a scope value that the resource does not know',
      })
    }
  })

/** The member names are those of client metadata (RFC 7591 §2), where it has a name for them. */
const client = z
  .strictObject({
    client_id: textWithout(clientIdProblem),
    client_secret: z.string().min(32, 'must have 32 characters or more').max(1024).optional(),
    jwks: z
      .custom<JSONWebKeySet>()
      .superRefine((document, context) => {
        const message = clientJwksProblem(document)
        if (message !== undefined) context.addIssue({ code: 'custom', message })
      })
      .optional(),
    public: z.literal(true).optional(),
    grant_types: z.array(z.enum(GRANT_TYPES, { error: `must be one of ${GRANT_TYPES.join(', ')}` })),
    scope: scope.default([]),
    audiences: z.array(textWithout(audienceProblem)).default([]),
    client_name: textWithout(clientNameProblem).optional(),
    logo_uri: textWithout(httpsProblem).optional(),
    redirect_uris: z.array(textWithout(redirectUriProblem)).default([]),
    post_logout_redirect_uris: z.array(textWithout(redirectUriProblem)).default([]),
    backchannel_logout_uri: textWithout(webAddressProblem).optional(),
    first_party: z.boolean('must be true or false').default(false),
  })
  .refine(
    (one) => [one.client_secret, one.jwks, one.public].filter((way) => way !== undefined).length === 1,
    'must have one of client_secret, jwks and "public": true',
  )
  .refine(
    (one) => one.public !== true || !one.grant_types.includes('client_credentials'),
    'is public, so it may not have the grant client_credentials: anybody could be it',
  )
  .refine(
    (one) => one.audiences.length > 0 || !one.grant_types.includes('client_credentials'),
    'has the grant client_credentials, so it must name at least one resource in audiences',
  )

const claims = z.record(z.string(), z.unknown()).superRefine((claims, context) => {
  for (const [name, value] of Object.entries(claims)) {
    const message = claimProblem(name, value)
    if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message })
  }
})

const memberships = z.array(z.string()).superRefine((names, context) => {
  const message = membershipsProblem(names)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

/** A user whose password, if it is given, passes a rule. */
function userWith(problemOfPassword: (text: string) => string | undefined) {
  return z
    .strictObject({
      username: textWithout(usernameProblem),
      password: textWithout(problemOfPassword).optional(),
      password_hash: textWithout(passwordHashProblem).optional(),
      full_name: textWithout(fullNameProblem).optional(),
      claims: claims.transform(parseClaims).default({}),
      roles: memberships.default([]),
      groups: memberships.default([]),
    })
    .refine(
      (one) => (one.password === undefined) !== (one.password_hash === undefined),
      'must have either a password or a password_hash',
    )
}

/** The whole file. Its new passwords must pass a rule. */
function fileWith(problemOfPassword: (text: string) => string | undefined) {
  return z
    .strictObject({
      demo: z.literal(true).optional(),
      resources: z.array(resource).default([]),
      clients: z.array(client).default([]),
      users: z.array(userWith(problemOfPassword)).default([]),
    })
    .superRefine((file, context) => {
      const twice = (noun: string, names: readonly string[]) => {
        for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index))) {
          context.addIssue({ code: 'custom', message: `has the ${noun} ${name} twice` })
        }
      }
      twice(
        'resource',
        file.resources.map((one) => one.audience),
      )
      twice(
        'client',
        file.clients.map((one) => one.client_id),
      )
      twice(
        'user',
        file.users.map((one) => normalizeUsername(one.username)),
      )
    })
}

const bootstrapFile = fileWith(passwordProblem)
const demoFile = fileWith(demoPasswordProblem)

/** The users, clients and resources that must exist. */
export type BootstrapFile = z.output<typeof bootstrapFile>

/**
 * Reads the bootstrap file. `${NAME}` in a text is replaced by that setting, or by the content of the file that
 * `NAME_FILE` names. Throws one `ConfigError` that lists all problems of the file and never repeats a password or a
 * secret.
 */
export function readBootstrapFile(path: string, environment: Environment): BootstrapFile {
  const problems: string[] = []
  const document = replaceSettings(readJson(path), environment, problems)
  const isDemo = (document as { readonly demo?: unknown } | null)?.demo === true
  const parsed = (isDemo ? demoFile : bootstrapFile).safeParse(document)
  for (const issue of parsed.error?.issues ?? []) {
    const what =
      issue.code === 'unrecognized_keys'
        ? `has members nobody knows: ${issue.keys.join(', ')}`
        : issue.message
    problems.push(`${[path, ...issue.path.map(String)].join(' › ')} ${what}.`)
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  return parsed.data
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readTextFile(path))
  } catch (error) {
    // A path that cannot be opened may not be a path: somebody may have set the content of the file, and its passwords
    // must not be printed.
    const { code } = error as NodeJS.ErrnoException
    throw new ConfigError([
      code === undefined
        ? `AUTH_BOOTSTRAP_FILE=${path} ${problemOf(error as Error)}.`
        : `AUTH_BOOTSTRAP_FILE names a file that cannot be read (${code}).`,
    ])
  }
}

function problemOf(error: Error): string {
  if (error instanceof UnreadableTextError) return error.message
  return error instanceof SyntaxError ? notJson(error) : `cannot be read: ${error.message}`
}

/** The position, when the parser gives it. The whole message is never shown: it quotes the file, and may quote a password. */
function notJson({ message }: SyntaxError): string {
  return `is not JSON${/ \(line \d+ column \d+\)$/.exec(message)?.[0] ?? ''}`
}

function replaceSettings(value: unknown, environment: Environment, problems: string[]): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (_whole, name: string) => {
      const setting = readSecret(name, environment, problems)
      if (setting === undefined) problems.push(`The bootstrap file uses \${${name}}, which is not set.`)
      return setting ?? ''
    })
  }
  if (Array.isArray(value)) return value.map((item) => replaceSettings(item, environment, problems))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, replaceSettings(item, environment, problems)]),
    )
  }
  return value
}
