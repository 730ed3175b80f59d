import { describe, expect, it } from 'vitest'
import { findUserByName } from '../../src/domain/users/user-store.ts'
import { type Ending, openCli, refused } from './support.ts'
import { runInProcess } from './support-in-process.ts'

const PASSWORD = ['--password-hash', '$2b$04$abcdefghijklmnopqrstuuYw0GMqaQUJ6cSDOqGkDAnrd4SDdAFzi']

async function withAlice(args: readonly string[] = []) {
  const { db, path } = await openCli()
  const auth = (args: readonly string[]): Promise<Ending> =>
    runInProcess(args, { env: { AUTH_DATABASE_URL: `sqlite:${path}` } })
  const added = await auth(['users', 'add', 'alice', ...PASSWORD, ...args])
  return { db, auth, added, alice: async () => (await findUserByName(db, 'alice'))! }
}

const claim = (...claims: readonly string[]) => claims.flatMap((one) => ['--claim', one])

describe('auth users add', () => {
  it('takes claims, roles and groups, and shows them', async () => {
    const { auth, added, alice } = await withAlice([
      ...claim('given_name=Alice', 'email=alice@example.com', 'email_verified=true', 'nickname=a=b'),
      ...claim('address.locality=Delft', 'address.street_address=Oude Delft 1\nback door'),
      ...['--role', 'admin', '--role', 'a role', '--group', 'staff'],
    ])

    const json = JSON.parse((await auth(['users', 'show', 'alice', '--json'])).stdout)
    const { stdout } = await auth(['users', 'show', 'alice'])

    expect(added.code).toBe(0)
    expect(await alice()).toMatchObject({
      claims: {
        given_name: 'Alice',
        email: 'alice@example.com',
        email_verified: true,
        nickname: 'a=b',
        address: { locality: 'Delft', street_address: 'Oude Delft 1\nback door' },
      },
      roles: ['admin', 'a role'],
      groups: ['staff'],
    })
    expect(json).toMatchObject({
      updated_at: json.created_at,
      claims: { email_verified: true, address: { locality: 'Delft' } },
      roles: ['admin', 'a role'],
      groups: ['staff'],
    })
    expect(stdout).toMatch(/^email_verified +true$/m)
    expect(stdout).toMatch(/^address\.locality +Delft$/m)
    expect(stdout).toMatch(/^role +admin\nrole +a role\ngroup +staff$/m)
  })

  it.each<[readonly string[], string]>([
    [claim('email=alice'), 'The claim email must be an email address.'],
    [claim('email_verified=yes'), 'The claim email_verified must be true or false.'],
    [claim('picture=http://example.com/a.png'), 'The claim picture must be https.'],
    [
      claim('address.country=a\u202eb'),
      'The claim address has a country that must not hold a control character, nor any other that cannot be seen.',
    ],
    [
      ['--role', 'a\u202eb'],
      '--role must each have 1 to 64 visible characters, without a space at the ends.',
    ],
    [
      ['--group', 'x'.repeat(65)],
      '--group must each have 1 to 64 visible characters, without a space at the ends.',
    ],
  ])('refuses %j, and adds nobody', async (args, sentence) => {
    const { added, db } = await withAlice(args)

    expect(added).toEqual(refused(sentence))
    expect(await findUserByName(db, 'alice')).toBeUndefined()
  })

  it.each(['sub=x', 'name=Alice', 'address.planet=x', 'address=x', '__proto__=x', 'address.__proto__=x'])(
    'refuses the claim %s, and says which there are',
    async (one) => {
      const { added } = await withAlice(claim(one))

      expect(added).toMatchObject({ code: 1, stdout: '' })
      expect(added.stderr).toMatch(
        /^A --claim is none of those of a user: they are given_name, .*, address\.formatted, .*, address\.country\.\n$/,
      )
    },
  )

  it.each(['given_name', '=x', ''])('takes --claim %j for wrong use', async (one) => {
    const { added } = await withAlice(claim(one))

    expect(added).toMatchObject({ code: 2, stdout: '' })
    expect(added.stderr).toContain('--claim must be a name and a value, like --claim given_name=Alice.')
  })
})

describe('auth users set', () => {
  it('changes the claims that are named, takes away empty ones, and leaves the others', async () => {
    const { auth, alice } = await withAlice([
      ...claim('given_name=Alice', 'nickname=al', 'address.locality=Delft', 'address.country=NL'),
      ...['--role', 'admin', '--group', 'staff'],
    ])

    await auth(['users', 'set', 'alice', ...claim('nickname=', 'family_name=Liddell', 'address.locality=')])
    const once = await alice()
    await auth(['users', 'set', 'alice', ...claim('address.country=')])

    expect(once).toMatchObject({ roles: ['admin'], groups: ['staff'] })
    expect(once.claims).toEqual({ given_name: 'Alice', family_name: 'Liddell', address: { country: 'NL' } })
    expect((await alice()).claims).toEqual({ given_name: 'Alice', family_name: 'Liddell' })
  })

  it('replaces all roles or all groups, with none where one is empty, and says how to end what carries them', async () => {
    const { auth, alice } = await withAlice(['--role', 'admin', '--role', 'editor', '--group', 'staff'])

    const ending = await auth(['users', 'set', 'alice', '--role', 'viewer', '--group='])

    expect(await alice()).toMatchObject({ roles: ['viewer'], groups: [] })
    expect(ending).toEqual({
      code: 0,
      stdout:
        'User alice is changed. Access tokens issued before say what was so then: `auth users sign-out alice` ends them.\n',
      stderr: '',
    })
  })

  it('does not keep an address or a number as verified when it is another one', async () => {
    const { auth, alice } = await withAlice(
      claim(
        'email=a@b.example',
        'email_verified=true',
        'phone_number=+15550100',
        'phone_number_verified=true',
      ),
    )

    await auth(['users', 'set', 'alice', ...claim('email=other@b.example')])
    const once = await alice()
    await auth(['users', 'set', 'alice', ...claim('phone_number=+15550101', 'phone_number_verified=true')])

    expect(once.claims).toEqual({
      email: 'other@b.example',
      phone_number: '+15550100',
      phone_number_verified: true,
    })
    expect((await alice()).claims).toMatchObject({ phone_number: '+15550101', phone_number_verified: true })
  })

  it('moves on when the user was last changed', async () => {
    const { auth, alice, db } = await withAlice()
    await db.updateTable('users').set({ claims_updated_at: 5 }).execute()

    const before = await alice()
    await auth(['users', 'set', 'alice', '--full-name', 'Alice'])

    expect(before.updatedAt).toBe(5)
    expect((await alice()).updatedAt).toBeGreaterThan(1_700_000_000)
  })
})
