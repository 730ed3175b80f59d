import { describe, expect, it } from 'vitest'
import {
  type AccessRequirement,
  AccessTokenError,
  createAccessTokenVerifier,
  explainAccessToken,
} from '../src/index.ts'
import { createTestIssuer } from '../src/testing.ts'
import { openKoaServer } from './support/koa-server.ts'
import { type OpenServer, openExpressServer, openFetchServer } from './support/other-servers.ts'

const issuer = createTestIssuer()
const verifier = createAccessTokenVerifier(issuer)
const RESOURCE_METADATA = 'https://api.test/.well-known/oauth-protected-resource'

async function verdict(claims: Readonly<Record<string, unknown>>, required: AccessRequirement) {
  try {
    return (await verifier.verify(issuer.token(claims), required)).roles
  } catch (error) {
    if (error instanceof AccessTokenError) return error.message
    throw error
  }
}

describe('the roles of a token', () => {
  it('are the texts of its claim, and so are its groups [RFC 9068 §2.2.3.1]', async () => {
    const token = await verifier.verify(issuer.token({ roles: ['admin', 'a b'], groups: ['staff'] }))

    expect([token.roles, token.groups]).toEqual([['admin', 'a b'], ['staff']])
    expect(Object.isFrozen(token.roles)).toBe(true)
  })

  it.each([[undefined], ['admin'], [{ admin: true }], [null], [[1, { value: 'admin' }]]])(
    'are none where the claim is %j, and the token is accepted',
    async (roles) => {
      expect(await verdict({ roles }, {})).toEqual([])
      expect(await verdict({ roles }, { roles: 'admin' })).toBe(
        'This request needs the role admin: the user has less, or the access token does not say so.',
      )
    },
  )

  it.each<[AccessRequirement['roles']]>([['admin'], [['admin']], [['editor', 'admin']], [[]]])(
    'satisfy %j when they are among them',
    async (roles) => {
      expect(await verdict({ roles: ['admin', 'editor'] }, { roles: roles ?? [] })).toEqual([
        'admin',
        'editor',
      ])
    },
  )

  it.each<[AccessRequirement['roles'], string]>([
    ['Admin', 'role Admin'],
    [['admin', 'owner'], 'roles admin, owner'],
    ['admin editor', 'role admin editor'],
  ])('do not satisfy %j', async (roles, named) => {
    expect(await verdict({ roles: ['admin', 'editor'] }, { roles: roles ?? [] })).toBe(
      `This request needs the ${named}: the user has less, or the access token does not say so.`,
    )
  })

  it('are asked for after the scope', async () => {
    expect(await verdict({ scope: 'a' }, { scope: 'b', roles: 'admin' })).toBe(
      'This request needs the scope b: ask for an access token that has it.',
    )
  })

  it.each<[unknown]>([[['']], [[1]], [{}], ['']])('cannot be required as %j', async (roles) => {
    const required = { roles } as AccessRequirement

    await expect(verifier.verify(issuer.token(), required)).rejects.toThrow(TypeError)
  })

  it('are a step of an explanation where some are required', async () => {
    const explain = (token: string) => explainAccessToken(token, { ...issuer, roles: ['admin'] })

    const accepted = await explain(issuer.token({ roles: ['admin', 'editor'] }))
    const refused = await explain(issuer.token({ roles: ['editor'] }))
    const expired = await explain(issuer.expiredToken())

    expect(accepted.steps.at(-1)).toEqual({
      check: 'roles',
      expected: 'admin',
      found: 'admin, editor',
      ok: true,
    })
    expect(refused.steps.at(-1)).toEqual({ check: 'roles', expected: 'admin', found: 'editor', ok: false })
    expect(expired).toMatchObject({ notReached: ['nbf', 'iat', 'sub', 'status', 'scope', 'roles'] })
  })
})

const openKoa: OpenServer = (verifier, show, required) =>
  openKoaServer(
    verifier,
    (ctx) => {
      ctx.body = show(ctx.state.accessToken)
    },
    required,
  )

describe.each([
  ['Koa', openKoa],
  ['Express', openExpressServer],
  ['the Fetch API', openFetchServer],
])('%s', (_, open) => {
  it('answers 403 to a token without a role, and names it [RFC 6750 §3.1]', async () => {
    const required = { scope: 'orders', roles: ['clerk', 'Prüfer'] }
    const server = await open(createAccessTokenVerifier(issuer), ({ roles }) => ({ roles }), required)
    const ask = (roles: readonly string[]) => server.get(`Bearer ${issuer.token({ scope: 'orders', roles })}`)

    const [refused, accepted] = [await ask(['clerk']), await ask(['Prüfer', 'clerk'])]

    const description =
      'This request needs the roles clerk, Pr?fer: the user has less, or the access token does not say so.'
    expect(refused).toMatchObject({
      status: 403,
      headers: {
        'cache-control': 'no-store',
        'www-authenticate': `Bearer error="insufficient_scope", error_description="${description}", resource_metadata="${RESOURCE_METADATA}"`,
      },
      body: { error: 'insufficient_scope', error_description: description },
    })
    expect(accepted).toMatchObject({ status: 200, body: { roles: ['Prüfer', 'clerk'] } })
    await expect.poll(() => server.codes).toEqual(['insufficient_scope', undefined])
  })
})
