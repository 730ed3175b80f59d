import type { ExplainAccessTokenOptions, Explanation } from '@countersign/access-token-verifier'
import { audienceProblem, issuerProblem } from '@countersign/shared'
import type { Command } from 'commander'
import type { Config } from '../config.ts'
import type { Database } from '../storage/database.ts'
import { gatherScope } from './client-options.ts'
import { addCommand, addNoun } from './command.ts'
import { readSettings, withDatabase } from './open-database.ts'
import { readToken } from './read-secret.ts'
import { Refusal, WrongUse } from './refusal.ts'
import { refuseOtherSecret } from './refuse-other-secret.ts'
import { conclusion, explanationJson, explanationRows, refusalOf } from './show-explanation.ts'
import { type OutputOptions, show, type Terminal } from './terminal.ts'
import { type Standing, standingOf } from './token-standing.ts'

interface ExplainOptions extends OutputOptions {
  readonly audience?: string
  readonly issuer?: string
  readonly scope: readonly string[]
}

/** `auth tokens …`: what clients were given. */
export function addTokenCommands(program: Command, terminal: Terminal): void {
  const tokens = addNoun(program, 'tokens', 'What clients were given')

  addCommand(tokens, {
    usage: 'explain [-]',
    summary: 'Say why a resource server accepts an access token or refuses it; the token from standard input',
    example: 'auth tokens explain < token.txt',
  })
    .option('--audience <uri>', 'whose check it is; AUTH_DEFAULT_AUDIENCE, or the only resource, when absent')
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
  const audience = options.audience ?? (await readSettings(terminal)).defaultAudience
  if (audience === undefined) throw audienceMissing()
  await tell(terminal, options, { issuer, audience, scope: options.scope })
}

async function explainByDatabase(terminal: Terminal, options: ExplainOptions): Promise<void> {
  await withDatabase(terminal, async ({ db, config }) => {
    // A row that the server does not publish verifies nothing here either.
    const { proven: keys } = await refuseOtherSecret(db, config)
    if (keys.length === 0) {
      throw new Refusal(
        'This database has no signing key, so it has issued no token: is AUTH_DATABASE_URL right?',
      )
    }
    const verification = {
      issuer: config.issuer,
      audience: options.audience ?? (await defaultAudience(db, config)),
      scope: options.scope,
      keySet: { keys: keys.map((key) => key.publicJwk) },
    }
    await tell(terminal, options, verification, (explanation) => standingOf(db, explanation))
  })
}

async function tell(
  terminal: Terminal,
  options: OutputOptions,
  verification: ExplainAccessTokenOptions,
  findStanding: (explanation: Explanation) => Promise<Standing | undefined> = async () => undefined,
): Promise<void> {
  const { explainAccessToken } = await import('@countersign/access-token-verifier')
  const explanation = await explainAccessToken(await readToken(terminal), verification)
  const standing = await findStanding(explanation)
  show(terminal, options, {
    json: explanationJson(explanation, standing),
    text: explanationRows(explanation),
    below: conclusion(explanation, standing),
  })
  const code = refusalOf(explanation, standing)
  // The result is on standard output already; this is the sentence that goes with exit 1.
  if (code !== undefined) throw new Refusal(`The token is refused: ${code}.`)
}

/** A stack with one resource leaves no doubt whose check is meant. */
async function defaultAudience(db: Database, config: Config): Promise<string> {
  if (config.defaultAudience !== undefined) return config.defaultAudience
  const { listResources } = await import('../domain/resources/resource-store.ts')
  const [only, ...others] = await listResources(db)
  if (only && others.length === 0) return only.audience
  throw audienceMissing()
}

function audienceMissing(): Refusal {
  return new Refusal('Whose check is it? Name the resource with --audience, or set AUTH_DEFAULT_AUDIENCE.')
}

function refuse(option: string, problem: string | undefined): void {
  if (problem) throw new Refusal(`${option} ${problem}.`)
}
