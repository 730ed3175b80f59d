import { describe, expect, it } from 'vitest'
import { addOrdinaryRows } from '../support/rows.ts'
import { AUDIENCE, startTestServer } from '../support/test-server.ts'
import { openCli } from './support.ts'

const SIGN_IN = { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret' }

const OWN_AUDIENCE = `Note: this is the check of the token's own audience, ${AUDIENCE}; --audience makes another's.\n`

async function withToken() {
  const cli = await openCli()
  const server = await startTestServer({ db: cli.db })
  await addOrdinaryRows(server)
  const { access_token: token } = (await server.post('/token', SIGN_IN)).body as { access_token: string }
  const env = { AUTH_ISSUER: server.issuer, AUTH_DEFAULT_AUDIENCE: AUDIENCE }
  const explain = (args: readonly string[], { input }: { readonly input: string }) =>
    cli.auth(['tokens', 'explain', ...args], { input, env })
  return { token, explain }
}

describe('what is pasted into auth tokens explain', () => {
  it.each([
    ['a token response', (token: string) => JSON.stringify({ token_type: 'Bearer', access_token: token })],
    ['a JSON text', (token: string) => JSON.stringify(token)],
    ['a header', (token: string) => `Authorization: Bearer ${token}`],
    ['the value of a header', (token: string) => `bearer  ${token} \n`],
    [
      'a whole request',
      (token: string) => `GET / HTTP/1.1\r\nHost: a\r\nauthorization: Bearer ${token}\r\n\r\n`,
    ],
  ])('takes %s as well', async (_what, write) => {
    const { explain, token } = await withToken()

    expect(await explain([], { input: write(token) })).toMatchObject({ code: 0, stderr: OWN_AUDIENCE })
  })

  it.each([
    ['broken into lines', (token: string) => token.replace(/.{64}/g, '$&\r\n')],
    ['in quotes', (token: string) => `'${token}'`],
    ['in brackets', (token: string) => `<${token}>`],
    ['in the quotes of a header', (token: string) => `Bearer "${token}"`],
    ['in a setting', (token: string) => `export TOKEN=${token}`],
    ['in a form', (token: string) => `access_token=${token}&token_type=Bearer`],
    ['in a command', (token: string) => `curl http://a/me -H "Authorization: Bearer ${token}" -v`],
  ])('finds the token %s, and says that it was not alone', async (_what, write) => {
    const { explain, token } = await withToken()

    const ending = await explain([], { input: write(token) })

    expect(ending).toMatchObject({ code: 0 })
    expect(ending.stderr).toBe(
      `Note: this is the token alone, without what stood in or around it (line breaks, quotes, a command): sent with that, it is refused.\n${OWN_AUDIENCE}`,
    )
  })

  it.each([
    ['with a sign behind it', (token: string) => `${token}!`],
    ['with padding', (token: string) => `${token}=`],
    ['with two parts more', (token: string) => `${token}.a.b`],
    ['cut short', (token: string) => token.slice(0, token.lastIndexOf('.'))],
  ])('leaves a token %s as it is: refused', async (_what, write) => {
    const { explain, token } = await withToken()

    const ending = await explain(['--json'], { input: write(token) })

    expect(ending.code).toBe(1)
    expect(ending.stderr).toBe(`${OWN_AUDIENCE}The token is refused: malformed.\n`)
    expect(JSON.parse(ending.stdout)).toMatchObject({ failed_check: 'form' })
  })
})
