import type { Bench, Group } from '../bench.ts'
import { passwordRequest, requestTokens } from '../issuer/token-request.ts'
import { limitProgram } from '../limits/run-limit.ts'
import { fire } from '../load/fire.ts'
import { type Candidate, compete } from '../measurement/compete.ts'
import { sqliteUrl, startAuthServer } from '../servers/auth-server.ts'
import { measureHashes } from './hashes.ts'
import { measureStorm } from './storm.ts'

/** The default cost, and a higher one that people ask for. */
const COSTS = [10, 12] as const

/** How long a window is, in seconds: long enough for whole sign-ins at the higher cost. */
const WINDOW_SECONDS = 6

/** A window takes so long that there are half as many as elsewhere, and fewer of them are repeated. */
const WINDOWS_SHARE = 0.5
const REPEATS = 6

/** Three windows. bcryptjs is one loop, which is compiled in the first second. */
const WARM_UP = { requests: 30, seconds: 3 * WINDOW_SECONDS } as const

/** Enough that a thread that finishes always finds the next password waiting. */
const CONNECTIONS = 8

/** What a sign-in costs, and what many sign-ins cost all other requests. */
export const signInGroup: Group = {
  name: 'sign-in',
  title: 'Signing in',
  run: async (bench) => {
    for (const cost of COSTS) await compareWithLimit(bench, cost)
    await measureHashes(bench)
    await measureStorm(bench)
  },
}

async function compareWithLimit(bench: Bench, cost: number): Promise<void> {
  const limit = 'the bcryptjs limit'
  const title = `\`POST /token\`, password, cost ${cost}`
  const windows = Math.ceil(bench.settings.windows * WINDOWS_SHARE)
  const note =
    `Whole sign-ins in windows of ${WINDOW_SECONDS} s, beside comparisons of bcryptjs in worker threads on the same core and ` +
    'nothing else. autocannon with 8 connections; each window of the limit is a process of its own.'
  const settings = { ...bench.settings, windows, repeats: REPEATS }
  await compete({ ...bench, settings }, { title, note, unit: 'sign-ins', limit }, [
    ours(bench, cost),
    limitProgram(bench, {
      name: limit,
      file: 'bcrypt-comparisons.ts',
      args: [String(cost), String(WINDOW_SECONDS)],
    }),
  ])
}

function ours({ cores, signal }: Bench, cost: number): Candidate {
  return {
    name: 'countersign, on SQLite',
    kind: 'ours',
    start: async (workspace) => {
      const { origin, program } = await startAuthServer(workspace, {
        cores: cores.server,
        databaseUrl: sqliteUrl(workspace, `cost-${cost}`),
        settings: { AUTH_PASSWORD_COST: String(cost) },
      })
      const url = `${origin}/token`
      const { refresh_token } = await requestTokens(url, passwordRequest)
      if (typeof refresh_token !== 'string') throw new Error('a sign-in gets no refresh token')
      const target = { pid: program.pid, cores: cores.load, signal }
      const order = { url, method: 'POST', ...passwordRequest, connections: CONNECTIONS } as const
      const { perSecond } = await fire({ ...order, amount: 2 * CONNECTIONS }, target)
      // A number of requests and not a duration: otherwise requests left in the queue would be in the next window.
      const amount = Math.max(CONNECTIONS, Math.round(perSecond * WINDOW_SECONDS))
      return { pid: program.pid, warmUp: WARM_UP, runWindow: () => fire({ ...order, amount }, target) }
    },
  }
}
