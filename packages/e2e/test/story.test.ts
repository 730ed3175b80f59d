import { expect, it } from 'vitest'
import { PATIENCE } from './support/processes.ts'
import {
  readProfile,
  runAuthServer,
  runBoth,
  runResourceServer,
  setScene,
  signIn,
  untilReady,
} from './support/servers.ts'

const ALICE = {
  sub: expect.stringMatching(/^usr_/),
  username: 'alice',
  full_name: 'Alice Wonderland',
  disabled: false,
}

it('alice signs in and reads her profile', { timeout: PATIENCE }, async () => {
  const scene = await setScene()
  await runBoth(scene)

  const signedIn = await signIn(scene, 'secret')
  const profile = await readProfile(scene, signedIn.body.access_token)

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

it('her token outlives a restart of both servers, and so does she', { timeout: PATIENCE }, async () => {
  const scene = await setScene()
  const before = await runBoth(scene)
  const { access_token } = (await signIn(scene, 'secret')).body
  const profile = await readProfile(scene, access_token)

  before.authServer.kill('SIGTERM')
  await before.authServer.ended
  const whileAway = await readProfile(scene, access_token)
  const authServer = runAuthServer(scene)
  await untilReady(authServer, scene.authServer)
  const afterwards = await readProfile(scene, access_token)
  // A new resource server knows nothing but the key set, so the key itself has outlived the restart.
  before.resourceServer.kill('SIGTERM')
  await before.resourceServer.ended
  await untilReady(runResourceServer(scene), scene.resourceServer)
  const fromTheNew = await readProfile(scene, access_token)
  const signedInAgain = await signIn(scene, 'secret')

  expect(profile).toEqual({ status: 200, body: ALICE })
  expect([whileAway, afterwards, fromTheNew]).toEqual([profile, profile, profile])
  expect(await readProfile(scene, signedInAgain.body.access_token)).toEqual(profile)
})

it('a wrong password gets no token', { timeout: PATIENCE }, async () => {
  const scene = await setScene()
  await untilReady(runAuthServer(scene), scene.authServer)

  const answer = await signIn(scene, 'wrong')

  expect(answer).toEqual({
    status: 400,
    body: { error: 'invalid_grant', error_description: 'The user name or password is wrong.' },
  })
})
