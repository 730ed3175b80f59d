import { expect, it } from 'vitest'
import { TEST_TIMEOUT_MS } from './support/processes.ts'
import {
  createFixture,
  readProfile,
  runAuthServer,
  runBoth,
  runResourceServer,
  signIn,
  untilReady,
} from './support/servers.ts'

const ALICE = {
  sub: expect.stringMatching(/^usr_/),
  username: 'alice',
  full_name: 'Alice Wonderland',
  disabled: false,
}

it('alice signs in and reads her profile', { timeout: TEST_TIMEOUT_MS }, async () => {
  const fixture = await createFixture()
  await runBoth(fixture)

  const signedIn = await signIn(fixture, 'secret')
  const profile = await readProfile(fixture, signedIn.body.access_token)

  expect(signedIn).toEqual({
    status: 200,
    body: {
      access_token: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
      expires_in: 1800,
      scope: 'profile',
      refresh_token: expect.stringMatching(/^rt_[\w-]{97}$/),
    },
  })
  expect(profile).toEqual({ status: 200, body: ALICE })
})

it('her token outlives a restart of both servers, and so does she', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const fixture = await createFixture()
  const before = await runBoth(fixture)
  const { access_token } = (await signIn(fixture, 'secret')).body
  const profile = await readProfile(fixture, access_token)

  before.authServer.kill('SIGTERM')
  await before.authServer.ended
  const whileAway = await readProfile(fixture, access_token)
  const authServer = runAuthServer(fixture)
  await untilReady(authServer, fixture.authServer)
  const afterwards = await readProfile(fixture, access_token)
  // A new resource server knows nothing but the key set, so the key itself has outlived the restart.
  before.resourceServer.kill('SIGTERM')
  await before.resourceServer.ended
  await untilReady(runResourceServer(fixture), fixture.resourceServer)
  const fromTheNew = await readProfile(fixture, access_token)
  const signedInAgain = await signIn(fixture, 'secret')

  expect(profile).toEqual({ status: 200, body: ALICE })
  expect([whileAway, afterwards, fromTheNew]).toEqual([profile, profile, profile])
  expect(await readProfile(fixture, signedInAgain.body.access_token)).toEqual(profile)
})

it('a wrong password gets no token', { timeout: TEST_TIMEOUT_MS }, async () => {
  const fixture = await createFixture()
  await untilReady(runAuthServer(fixture), fixture.authServer)

  const answer = await signIn(fixture, 'wrong')

  expect(answer).toEqual({
    status: 400,
    body: { error: 'invalid_grant', error_description: 'The user name or password is wrong.' },
  })
})
