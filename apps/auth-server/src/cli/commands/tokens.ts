import {
  AccessTokenError,
  type ExplainAccessTokenOptions,
  type Explanation,
  explainAccessToken,
} from '@countersign/access-token-verifier'
import { audienceProblem, issuerProblem } from '@countersign/shared'
import type { Command } from 'commander'
import type { Config } from '../../config/config.ts'
import { findAuthorization } from '../../domain/authorizations/authorization-store.ts'
import { findClientRecord } from '../../domain/clients/client-store.ts'
import type { AccessTokenType } from '../../domain/resources/resource.ts'
import { findResources, listResources } from '../../domain/resources/resource-store.ts'
import { authorizationIdOf } from '../../domain/tokens/access-token.ts'
import { findUser } from '../../domain/users/user-store.ts'
import type { Database } from '../../storage/database.ts'
import { addCommand, gatherScope } from '../command.ts'
import { readSettings, refuseOtherSecret, withDatabase } from '../open-database.ts'
import { conclusion, explanationJson, explanationRows, type Standing } from '../output/explanation.ts'
import { readToken } from '../output/prompt.ts'
import { Refusal, WrongUse } from '../output/refusal.ts'
import { type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import { presentedToken, unprovenAudiences, unprovenClaims } from './presented-token.ts'

interface ExplainOptions extends OutputOptions {
  readonly audience?: string
  readonly issuer?: string
  readonly scope: readonly string[]
}

/** `auth tokens …`: the tokens that clients were given. */
export function addCommands(tokens: Command, terminal: Terminal): void {
  addCommand(tokens, {
    usage: 'explain [-]',
    summary: 'Say why a resource server accepts an access token or refuses it; the token from standard input',
    example: 'auth tokens explain < token.txt',
  })
    .option('--audience <uri>', "whose check it is; the token's own audience when absent")
    .option('--issuer <url>', 'ask a running issuer for its keys, and this database nothing')
    .option('--scope <values>', 'scope values the request needs; may be repeated', gatherScope, [])
    .action((dash: string | undefined, options: ExplainOptions) => explain(terminal, dash, options))
}

async function explain(terminal: Terminal, dash: string | undefined, options: ExplainOptions): Promise<void> {
  if (dash !== undefined && dash !== '-') {
    throw new WrongUse('A token is not an argument, which others on this machine can see: pipe it in.')
  }
  refuse('--audience', options.audience && audienceProblem(options.audience))
  refuse('--issuer', options.issuer && issuerProblem(options.issuer))

  if (options.issuer !== undefined) await explainByIssuer(terminal, options.issuer, options)
  else await explainByDatabase(terminal, options)
}

async function explainByIssuer(terminal: Terminal, issuer: string, options: ExplainOptions): Promise<void> {
  const token = await readPresentedToken(terminal)
  const audience = await audienceFor(token, options, async () => {
    const config = await readSettings(terminal)
    return config.defaultAudience ?? issuer
  })
  await tell(terminal, options, { token, audience, verification: { issuer } })
}

async function readPresentedToken(terminal: Terminal): Promise<string> {
  const { token, leftOut } = presentedToken(await readToken(terminal))
  if (leftOut) {
    terminal.note(
      'Note: this is the token alone, without what stood in or around it (line breaks, quotes, a command): sent with that, it is refused.\n',
    )
  }
  return token
}

async function explainByDatabase(terminal: Terminal, options: ExplainOptions): Promise<void> {
  await withDatabase(terminal, async ({ db, config }) => {
    // A key whose row the server does not publish verifies no token here either.
    const { proven: keys } = await refuseOtherSecret(db, config)
    if (keys.length === 0) {
      throw new Refusal(
        'This database has no signing key, so it has issued no token: is AUTH_DATABASE_URL right?',
      )
    }
    const token = await readPresentedToken(terminal)
    const audience = await audienceFor(token, options, () => defaultAudience(db, config))
    const verification = {
      issuer: config.issuer,
      keySet: { keys: keys.map((key) => key.publicJwk) },
      tokenType: await tokenTypeFor(db, audience.audience),
    }
    await tell(terminal, options, {
      token,
      audience,
      verification,
      findStanding: (claims) => standingOf(db, claims),
    })
  })
}

/** The token to explain, for which audience, how to verify it, and how to find what the database knows of it. */
interface Subject {
  readonly token: string
  readonly audience: ChosenAudience
  readonly verification: Pick<ExplainAccessTokenOptions, 'issuer' | 'keySet' | 'tokenType'>
  readonly findStanding?: (claims: TokenClaims) => Promise<Standing>
}

async function tell(
  terminal: Terminal,
  options: ExplainOptions,
  { token, audience: { audience, source }, verification, findStanding }: Subject,
): Promise<void> {
  const walked = await explainAccessToken(token, { ...verification, audience, scope: options.scope })
  const claims = provenClaims(walked, token)
  const standing = claims && (await findStanding?.(claims))
  const revoked = new AccessTokenError('revoked', 'The authorization behind this token has ended.')
  const explanation = standing?.authorization === 'ended' ? refusedByStatus(walked, revoked) : walked

  if (source === 'token') {
    terminal.note(
      `Note: this is the check of the token's own audience, ${audience}; --audience makes another's.\n`,
    )
  }
  show(terminal, options, {
    json: { ...explanationJson(explanation, standing), audience, audience_from: source },
    text: explanationRows(explanation),
    below: conclusion(explanation, standing && { standing, expiresAt: claims.exp }),
  })
  // The result is already on standard output. This sentence accompanies exit 1.
  if (explanation.kind === 'refused') throw new Refusal(`The token is refused: ${explanation.error.code}.`)
}

/** The audience whose check is made, and where it comes from. */
interface ChosenAudience {
  readonly audience: string
  readonly source: 'option' | 'token' | 'default'
}

/** The audience that was named, otherwise the token's own: nobody asks why another audience refuses the token. */
async function audienceFor(
  token: string,
  options: ExplainOptions,
  findDefault: () => Promise<string>,
): Promise<ChosenAudience> {
  if (options.audience !== undefined) return { audience: options.audience, source: 'option' }
  const own = unprovenAudiences(token).find((one) => audienceProblem(one) === undefined)
  if (own !== undefined) return { audience: own, source: 'token' }
  return { audience: await findDefault(), source: 'default' }
}

/** For a text that names no audience. It is most likely refused before the audiences are compared. */
async function defaultAudience(db: Database, config: Config): Promise<string> {
  const [resource] = await listResources(db)
  return config.defaultAudience ?? resource?.audience ?? config.issuer
}

/** The token type that the audience's resource server was told to accept, if it is a resource of this server. */
async function tokenTypeFor(db: Database, audience: string): Promise<AccessTokenType> {
  const [resource] = await findResources(db, [audience])
  return resource?.tokenType ?? 'at+jwt'
}

function refuse(option: string, problem: string | undefined): void {
  if (problem) throw new Refusal(`${option} ${problem}.`)
}

/** The claims that are read from a token whose signature, issuer and times are valid. */
interface TokenClaims {
  readonly sub?: string
  readonly client_id?: string
  readonly jti?: string
  readonly exp?: number
}

/**
 * The claims of a token that has passed every check, or every check but that of the scope. `undefined` for any other
 * token, because its claims may be false.
 */
function provenClaims(explanation: Explanation, token: string): TokenClaims | undefined {
  if (explanation.kind === 'accepted') return explanation.token.claims
  // The scope is checked last, so the types of the claims are already proven.
  return explanation.error.code === 'insufficient_scope' ? unprovenClaims(token) : undefined
}

/**
 * The answer of a verifier that reads the status list. Here the status comes from the database: the authorization is
 * revoked, so the check of the status fails, and the checks after it are not reached.
 */
function refusedByStatus(explanation: Explanation, error: AccessTokenError): Explanation {
  const at = explanation.steps.findIndex(({ check }) => check === 'status')
  const notReached = explanation.kind === 'refused' ? explanation.notReached : []
  return {
    kind: 'refused',
    steps: [
      ...explanation.steps.slice(0, at),
      { check: 'status', expected: 'valid', found: 'its authorization has ended', ok: false },
    ],
    notReached: [...explanation.steps.slice(at + 1).map(({ check }) => check), ...notReached],
    error,
  }
}

/** Finds whether the authorization, the client and the user of a token are still in force. */
async function standingOf(
  db: Database,
  { sub = '', client_id: clientId = '', jti = '' }: TokenClaims,
): Promise<Standing> {
  const authorization = await findAuthorization(db, authorizationIdOf(jti))
  const client = await findClientRecord(db, clientId)
  return {
    authorization: authorization === undefined ? 'unknown' : authorization.revoked ? 'ended' : 'in_force',
    client: inAWord(client),
    ...(sub === clientId ? {} : { user: inAWord(await findUser(db, sub)) }),
  }
}

function inAWord(row: { readonly disabled: boolean } | undefined): 'enabled' | 'disabled' | 'unknown' {
  if (!row) return 'unknown'
  return row.disabled ? 'disabled' : 'enabled'
}
