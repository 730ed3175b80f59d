import { randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { saveClient } from '@countersign/auth-server/client-store'
import { openDatabase } from '@countersign/auth-server/database'
import { databaseUrl as databaseUrlSetting } from '@countersign/auth-server/database-url'
import { systemClock } from '@countersign/shared'
import type { Bench, Group } from '../bench.ts'
import { requestTokens } from '../issuer/token-request.ts'
import { percentile } from '../measurement/statistics.ts'
import { type Program, startProgram } from '../process/program.ts'
import { inWorkspace, type Workspace } from '../process/workspace.ts'
import { formatNumber } from '../report/table.ts'
import { AUDIENCE, sqliteUrl, startAuthServer } from '../servers/auth-server.ts'
import { newKeyEncryptionSecret } from './measured-server.ts'
import { readText, statusListOf } from './operations.ts'
import { populate, signInForm } from './populate.ts'
import { startPostgres } from './postgres.ts'

/** The client that holds all the authorizations and is disabled. Every other user signs in with the default client. */
const BUSY_CLIENT = 'busy'

/** The interval between sign-ins of another client's users, in milliseconds, one after the other. */
const SIGN_IN_PAUSE_MS = 50

/** The interval at which a verifier requests the list, in milliseconds. */
const LIST_PAUSE_MS = 1_000

const HEADERS = { 'content-type': 'application/x-www-form-urlencoded' }

/** How disabling a client with many authorizations affects all other clients. */
export const revokingGroup: Group = {
  name: 'revoking',
  title: 'Revoking',
  run: async (bench) => {
    const { databases } = bench.settings
    if (databases.includes('SQLite'))
      await inWorkspace((workspace) =>
        measure(bench, workspace, 'SQLite', async (name) => sqliteUrl(workspace, name)),
      )
    if (databases.includes('PostgreSQL'))
      await inWorkspace(async (workspace) =>
        measure(bench, workspace, 'PostgreSQL', (await startPostgres(workspace)).createDatabase),
      )
  },
}

async function measure(
  bench: Bench,
  workspace: Workspace,
  title: string,
  createDatabase: (name: string) => Promise<string>,
): Promise<void> {
  const count = bench.settings.authorizations
  const databaseUrl = await createDatabase('revoking')
  await populate(databaseUrl, count, { clientId: BUSY_CLIENT })
  await addBusyClient(databaseUrl)
  bench.progress(`${title}: ${formatNumber(count, 0)} authorizations of one client are there`)

  const secret = newKeyEncryptionSecret()
  const server = await startAuthServer(workspace, {
    databaseUrl,
    settings: { AUTH_PASSWORD_COST: '4', AUTH_KEY_ENCRYPTION_SECRET: secret },
  })
  const before = await observe(server.origin, count, pause(bench.settings.seconds * 1000))
  bench.progress(`${title}: sign-ins take ${percentile(before.signIns, 0.5).toFixed(1)} ms before`)

  const start = performance.now()
  const disabling = disableBusyClient({ AUTH_DATABASE_URL: databaseUrl, AUTH_KEY_ENCRYPTION_SECRET: secret })
  const during = await observe(server.origin, count, disabling.ended)
  const took = performance.now() - start
  if ((await disabling.ended) !== 0) throw new Error(`disable fails: ${disabling.stderr()}`)

  const row = (name: string, values: readonly number[]) => ({
    title: name,
    cells: {
      median: percentile(values, 0.5),
      p99: percentile(values, 0.99),
      max: Math.max(...values),
      of: values.length,
    },
  })
  bench.keep({
    title: `${title}: a client with ${formatNumber(count, 0)} authorizations is disabled, in ${(took / 1000).toFixed(0)} s`,
    note: `Milliseconds. ${disabling.stdout().slice(0, 70).trim()} Another client's users sign in every ${SIGN_IN_PAUSE_MS} ms at cost 4, and the current status list is asked for every second, always of a new version.`,
    columns: [
      { key: 'median', title: 'median', digits: 1 },
      { key: 'p99', title: '99 %', digits: 1 },
      { key: 'max', title: 'slowest', digits: 1 },
      { key: 'of', title: 'of', digits: 0 },
    ],
    rows: [
      row('sign-ins before', before.signIns),
      row('sign-ins meanwhile', during.signIns),
      row('status lists meanwhile', during.lists),
    ],
  })
}

interface Observed {
  readonly signIns: readonly number[]
  readonly lists: readonly number[]
}

/** Signs in and requests the status list until `until` settles, and returns how long each took. */
async function observe(origin: string, users: number, until: Promise<unknown>): Promise<Observed> {
  let isOver = false
  const over = until.finally(() => {
    isOver = true
  })
  const signIns: number[] = []
  const lists: number[] = []
  const signIn = () =>
    requestTokens(`${origin}/token`, { headers: HEADERS, body: signInForm(randomInt(users)) })
  const list = statusListOf(String((await signIn()).access_token))

  const repeat = async (taken: number[], every: number, ask: () => Promise<unknown>) => {
    while (!isOver) {
      const start = performance.now()
      await ask()
      taken.push(performance.now() - start)
      await pause(every)
    }
  }
  await Promise.all([
    over,
    repeat(signIns, SIGN_IN_PAUSE_MS, signIn),
    repeat(lists, LIST_PAUSE_MS, () => readText(list)),
  ])
  return { signIns, lists }
}

function disableBusyClient(env: Readonly<Record<string, string>>): Program {
  return startProgram({ args: ['apps/auth-server/dist/cli/main.js', 'clients', 'disable', BUSY_CLIENT], env })
}

async function addBusyClient(url: string): Promise<void> {
  const db = openDatabase(databaseUrlSetting.parse(url))
  const client = {
    id: BUSY_CLIENT,
    authentication: { kind: 'none' },
    grantTypes: ['password'],
    scope: ['profile'],
    audiences: [AUDIENCE],
    redirectUris: [],
    postLogoutRedirectUris: [],
    firstParty: false,
  } as const
  try {
    await saveClient(db, client, { now: systemClock(), demo: 0 })
  } finally {
    await db.destroy()
  }
}
