import { AccessTokenError } from '@countersign/access-token-verifier'
import { describe, expect, it } from 'vitest'
import { ADVICE } from '../../src/cli/output/explanation.ts'
import { addOrdinaryRows } from '../support/rows.ts'
import { AUDIENCE, startTestServer } from '../support/test-server.ts'
import { openCli, refused, runAuth } from './support.ts'

const SIGN_IN = { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret' }

const OWN_AUDIENCE = `Note: this is the check of the token's own audience, ${AUDIENCE}; --audience makes another's.\n`

async function withToken() {
  const cli = await openCli()
  const server = await startTestServer({ db: cli.db })
  const user = await addOrdinaryRows(server)
  const answer = await server.post('/token', SIGN_IN)
  const { access_token: token } = answer.body as { access_token: string }
  const env = { AUTH_ISSUER: server.issuer, AUTH_DEFAULT_AUDIENCE: AUDIENCE }
  const explain = (args: readonly string[] = [], { input = token, more = {} } = {}) =>
    cli.auth(['tokens', 'explain', ...args], { input, env: { ...env, ...more } })
  return { ...cli, server, user, token, explain }
}

describe('auth tokens explain', () => {
  it('lists every check a verifier makes, and says what the database knows besides', async () => {
    const { explain, server, user, token } = await withToken()

    const ending = await explain(['-'], { input: `${token}\n` })

    expect(ending).toMatchObject({ code: 0, stderr: OWN_AUDIENCE })
    expect(ending.stdout).toMatch(/^CHECK +EXPECTED +FOUND +VERDICT\nsize /)
    expect(ending.stdout).toMatch(new RegExp(`\niss +${server.issuer} +${server.issuer} +holds\n`))
    expect(ending.stdout).toMatch(new RegExp(`\nsub +a subject +${user.id} +holds\n`))
    expect(ending.stdout).toMatch(/\nexp +after \d+ \(20.+Z\) +\d+ \(20.+Z\) +holds\n/)
    expect(ending.stdout).toMatch(
      /\n\nA resource server accepts this token\.\nAs far as this database knows, its authorization is in force, its client is enabled, its user is enabled\.\n$/,
    )
    expect(ending.stdout).not.toContain(token.slice(-40))
  })

  it('takes the type that the resource is registered with', async () => {
    const { auth, server, explain } = await withToken()
    await auth(['resources', 'add', AUDIENCE, '--token-type', 'JWT'])
    const answer = await server.post('/token', SIGN_IN)
    const { access_token: input } = answer.body as { access_token: string }

    const [kept, typed] = [await explain(), await explain([], { input })]
    await auth(['resources', 'add', AUDIENCE, '--token-type', 'at+jwt'])
    const refusal = await explain(['--json'], { input })

    expect(kept).toMatchObject({ code: 0, stderr: OWN_AUDIENCE })
    expect(kept.stdout).toMatch(/\ntyp +JWT or at\+jwt +at\+jwt +holds\n/)
    expect(kept.stdout).toMatch(/\nkind +said by its type +said by its type +holds\n/)
    expect(typed).toMatchObject({ code: 0, stderr: OWN_AUDIENCE })
    expect(typed.stdout).toMatch(/\ntyp +JWT or at\+jwt +JWT +holds\n/)
    expect(typed.stdout).toMatch(/\nkind +client_id, and no nonce.* +an access token, by its claims +holds\n/)
    expect(refusal.code).toBe(1)
    expect(JSON.parse(refusal.stdout)).toMatchObject({
      accepted: false,
      error: 'wrong_type',
      failed_check: 'typ',
    })
  })

  it('says when what a token stands on has ended, though its own checks hold', async () => {
    const { auth, explain } = await withToken()
    await auth(['users', 'disable', 'alice'])

    const ending = await explain()
    await auth(['users', 'delete', 'alice'])
    const deleted = await explain(['--json'])

    expect(ending).toMatchObject({ code: 1, stderr: `${OWN_AUDIENCE}The token is refused: revoked.\n` })
    expect(ending.stdout).toMatch(/\nstatus +valid +its authorization has ended +FAILS\nscope +not reached\n/)
    expect(ending.stdout).toMatch(
      /its authorization is ended, its client is enabled, its user is disabled\.\nA resource server that does not read the status list accepts the token until it expires, at 20.+Z\.\n$/,
    )
    expect(deleted.code).toBe(1)
    expect(JSON.parse(deleted.stdout)).toMatchObject({
      accepted: false,
      error: 'revoked',
      failed_check: 'status',
      not_reached: ['scope'],
      standing: { authorization: 'ended', client: 'enabled', user: 'unknown' },
    })
  })

  it('names the first check that fails, and the setting or command that would change it', async () => {
    const { explain, server } = await withToken()

    const ending = await explain([], { more: { AUTH_ISSUER: 'https://auth.example.com' } })

    expect(ending.code).toBe(1)
    expect(ending.stdout).toMatch(
      new RegExp(`\niss +https://auth.example.com +${server.issuer} +FAILS\naud +not reached\n`),
    )
    expect(ending.stdout).toMatch(
      /\n\nMake RESOURCE_ISSUER at the resource server and AUTH_ISSUER here the same string/,
    )
    expect(ending.stderr).toBe(`${OWN_AUDIENCE}The token is refused: wrong_issuer.\n`)
  })

  it.each([
    [['--audience', 'https://other.example'], 'wrong_audience'],
    [['--scope', 'profile admin'], 'insufficient_scope'],
  ])('makes the check of another resource: %j', async (args, code) => {
    const { explain } = await withToken()

    const ending = await explain([...args, '--json'])

    expect(ending.code).toBe(1)
    expect(JSON.parse(ending.stdout)).toMatchObject({
      accepted: false,
      error: code,
      advice: ADVICE[code as keyof typeof ADVICE],
      steps: expect.arrayContaining([expect.objectContaining({ ok: false })]),
    })
  })

  it('refuses a token another key signed, and text that is no token', async () => {
    const { explain, token } = await withToken()
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(342)}`

    const signature = await explain([], { input: forged })
    const text = await explain([], { input: 'hello' })

    expect(signature).toMatchObject({
      code: 1,
      stderr: `${OWN_AUDIENCE}The token is refused: bad_signature.\n`,
    })
    expect(signature.stdout).not.toContain('As far as this database knows')
    expect(text).toMatchObject({ code: 1, stderr: 'The token is refused: malformed.\n' })
    expect(text.stdout).toContain('it does not have three parts')
  })

  it('asks a running issuer for its keys, and needs no database then', async () => {
    const { server, token } = await withToken()
    const env = { AUTH_DATABASE_URL: 'sqlite:/nowhere/auth.db' }
    const args = ['tokens', 'explain', '--issuer', server.issuer, '--audience', AUDIENCE]

    const ending = await runAuth(args, { input: token, env })
    const away = await runAuth(
      ['tokens', 'explain', '--issuer', 'http://127.0.0.1:9', '--audience', AUDIENCE],
      { input: token, env },
    )

    expect(ending).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/A resource server accepts this token\.\n$/),
    })
    expect(away).toMatchObject({ code: 1, stderr: 'The token is refused: keys_unavailable.\n' })
  })

  it("makes the check of the token's own audience when none is named, and says so", async () => {
    const { explain, auth } = await withToken()
    const more = { AUTH_DEFAULT_AUDIENCE: 'https://other.example' }
    await auth(['resources', 'add', 'https://other.example'])

    const own = await explain(['--json'], { more })
    const named = await explain(['--json', '--audience', 'https://other.example'], { more })
    const none = await explain(['--json'], { input: 'hello', more })

    expect(own).toMatchObject({ code: 0, stderr: OWN_AUDIENCE })
    expect(JSON.parse(own.stdout)).toMatchObject({
      accepted: true,
      audience: AUDIENCE,
      audience_from: 'token',
    })
    expect(named).toMatchObject({ code: 1, stderr: 'The token is refused: wrong_audience.\n' })
    expect(JSON.parse(named.stdout)).toMatchObject({ failed_check: 'aud', audience_from: 'option' })
    expect(none).toMatchObject({ code: 1, stderr: 'The token is refused: malformed.\n' })
    expect(JSON.parse(none.stdout)).toMatchObject({ failed_check: 'form', audience_from: 'default' })
  })

  it('says that a revoked authorization comes before a missing scope, as a verifier would', async () => {
    const { auth, explain } = await withToken()

    const missing = await explain(['--scope', 'admin'])
    await auth(['users', 'sign-out', 'alice'])
    const ended = await explain(['--scope', 'admin', '--json'])

    expect(missing.stdout).toContain('As far as this database knows, its authorization is in force')
    expect(JSON.parse(ended.stdout)).toMatchObject({
      error: 'revoked',
      failed_check: 'status',
      not_reached: ['scope'],
    })
  })

  it('is refused without a token, without a key, and to names that are none', async () => {
    const { auth } = await openCli()
    const { explain } = await withToken()

    expect(await explain([], { input: '' })).toEqual(refused('There is no token on standard input.'))
    expect(await explain([], { input: '{"error":"invalid_grant"}' })).toEqual(
      refused('The JSON on standard input has no access_token.'),
    )
    expect(await explain([], { input: 'x'.repeat(70_000) })).toEqual(
      refused('Standard input holds more than 65536 bytes.'),
    )
    expect(await auth(['tokens', 'explain'])).toEqual(
      refused('This database has no signing key, so it has issued no token: is AUTH_DATABASE_URL right?'),
    )
    expect(await explain(['--audience', 'api'])).toEqual(
      refused('--audience is not an absolute URI: write it like https://api.example.com.'),
    )
    expect(await explain(['--issuer', 'https://auth.example.com/'])).toEqual(
      refused(
        '--issuer must be an origin and nothing more, with no trailing slash: write it as https://auth.example.com.',
      ),
    )
  })

  it('has advice for every reason there is', () => {
    expect(Object.values(ADVICE).every((advice) => /[.)]$/.test(advice))).toBe(true)
    expect(ADVICE[new AccessTokenError('expired', '').code]).toContain('AUTH_ACCESS_TOKEN_LIFETIME')
  })
})
