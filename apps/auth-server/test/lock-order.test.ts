import { describe, expect, it } from 'vitest'
import { bootstrap } from '../src/bootstrap/bootstrap.ts'
import { lockEnabledClient, saveClient } from '../src/domain/clients/client-store.ts'
import { lockResources, removeIntrospector, saveResource } from '../src/domain/resources/resource-store.ts'
import { DATABASES, replicasOfOneDatabase } from './support/databases.ts'
import { aResource } from './support/records.ts'
import { untilOneWaits } from './support/rivals.ts'
import { aClient } from './support/rows.ts'
import { AUDIENCE } from './support/test-server.ts'

const ORIGIN = { now: 1, demo: 0 } as const
const ACCESS = { audience: [AUDIENCE], scope: ['profile'] }

describe.each(DATABASES)('on %s, whoever opens an authorization', (kind) => {
  it('and a bootstrap file that changes its client and its resource wait for one another in turn', async () => {
    const [db, other] = await replicasOfOneDatabase(kind, 2)
    await saveResource(db!, aResource(), { demo: 0 })
    await saveClient(db!, aClient(), ORIGIN)
    const file = {
      demo: false,
      resources: [
        {
          audience: AUDIENCE,
          scope: ['profile', 'read'],
          introspectors: [],
          token_type: 'at+jwt',
          descriptions: {},
        },
      ],
      clients: [
        {
          client_id: 'app',
          public: true,
          grant_types: ['password'],
          scope: ['read'],
          audiences: [AUDIENCE],
          redirect_uris: [],
          post_logout_redirect_uris: [],
          first_party: false,
        },
      ],
      users: [],
    } as unknown as Parameters<typeof bootstrap>[1]
    const deps = { db: other!, now: () => 2 } as Parameters<typeof bootstrap>[0]

    const { held, changing } = await db!.transaction().execute(async (transaction) => {
      const client = await lockEnabledClient(transaction, 'app', { ...ACCESS, grant: undefined })
      const changing = bootstrap(deps, file)
      if (kind === 'PostgreSQL') await untilOneWaits(db!)
      const resource = await lockResources(transaction, ACCESS)
      return { held: [client, resource], changing }
    })

    expect(held).toEqual([true, true])
    expect(await changing).toEqual([`resource ${AUDIENCE} updated`, 'client app updated'])
  })

  it('for two resources, and whoever deletes their introspector, too', async () => {
    const [db, other] = await replicasOfOneDatabase(kind, 2)
    const audiences = ['urn:a', 'urn:b']
    // Written in the other order, which is the one they lie in.
    for (const audience of audiences.toReversed())
      await saveResource(db!, aResource({ audience, introspectors: ['rs'] }), { demo: 0 })

    const { held, removing } = await db!.transaction().execute(async (transaction) => {
      const first = await lockResources(transaction, { audience: ['urn:a'], scope: [] })
      const removing = other!.transaction().execute((one) => removeIntrospector(one, 'rs'))
      if (kind === 'PostgreSQL') await untilOneWaits(db!)
      const both = await lockResources(transaction, { audience: audiences, scope: [] })
      return { held: [first, both], removing }
    })

    expect(held).toEqual([true, true])
    await removing
    const rows = await db!.selectFrom('resources').select('introspectors').execute()
    expect(rows.map((row) => row.introspectors)).toEqual(['', ''])
  })
})
