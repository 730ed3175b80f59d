import { rmSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createFixture, runAuthServer, runResourceServer, untilReady } from './support/servers.ts'

it('a setting nobody knows and a default client that is none are said at the start', async () => {
  const fixture = await createFixture()
  const authServer = runAuthServer(fixture, { AUTH_PROT: '1', AUTH_DEFAULT_CLIENT: 'nosuch' })
  const resourceServer = runResourceServer(fixture, { RESOURCE_PROT: '1' })
  await untilReady(authServer, fixture.authServer)
  await untilReady(resourceServer, fixture.resourceServer)

  expect(authServer.stdout()).toContain('AUTH_PROT is no setting of this server')
  expect(authServer.stdout()).toContain('AUTH_DEFAULT_CLIENT names no public client')
  expect(authServer.stdout()).not.toContain('AUTH_PORT is no setting')
  expect(resourceServer.stdout()).toContain('RESOURCE_PROT is no setting of this server')
})

it('a server whose database file is gone is not ready', async () => {
  const fixture = await createFixture()
  await untilReady(runAuthServer(fixture), fixture.authServer)

  rmSync(fixture.databaseFile)
  const response = await fetch(`${fixture.authServer}/readyz`)

  expect(response.status).toBe(503)
  expect(await response.json()).toEqual({ status: 'not ready', failed: ['database'] })
})
