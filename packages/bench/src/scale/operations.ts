import { randomInt } from 'node:crypto'
import type { AccessTokenClaims } from '@countersign/shared'
import { decodeJwt } from 'jose'
import { requestTokens } from '../issuer/token-request.ts'
import { spreadOf } from '../measurement/statistics.ts'
import type { MeasuredServer } from './measured-server.ts'
import { signInForm } from './populate.ts'

/** What is done to a database, in the order of the life of an authorization. */
export const OPERATIONS = ['sign-in', 'refresh', 'revocation', 'status list'] as const
export type Operation = (typeof OPERATIONS)[number]

/** The time that one operation took, in milliseconds. */
export interface Cost {
  /** In the database alone. */
  readonly database: number
  /** From the request to the answer. */
  readonly whole: number
}

/** How many status lists are requested in a turn. Each request follows a change, so each list is built anew. */
const LIST_REQUESTS = 5

const HEADERS = { 'content-type': 'application/x-www-form-urlencoded' }

/** Runs each operation the given number of times, one after the other, for random users, and returns the times. */
export async function runOperations(
  server: MeasuredServer,
  { users, times }: { readonly users: number; readonly times: number },
): Promise<Readonly<Record<Operation, Cost>>> {
  const token = `${server.origin}/token`
  const signedIn: Readonly<Record<string, unknown>>[] = []
  const signIn = await timed(server, times, async () => {
    signedIn.push(await requestTokens(token, { headers: HEADERS, body: signInForm(randomInt(users)) }))
  })

  const refreshed: string[] = []
  const refresh = await timed(server, times, async (index) => {
    const form = { grant_type: 'refresh_token', refresh_token: String(signedIn[index]?.refresh_token) }
    const answer = await requestTokens(token, {
      headers: HEADERS,
      body: new URLSearchParams(form).toString(),
    })
    refreshed.push(String(answer.refresh_token))
  })

  const revoke = (index: number) => post(`${server.origin}/revoke`, { token: refreshed[index] ?? '' })
  const revocation = await timed(server, times - LIST_REQUESTS, (index) => revoke(index + LIST_REQUESTS))

  const list = statusListOf(String(signedIn[0]?.access_token))
  await readText(list)
  const lists: Cost[] = []
  for (let index = 0; index < LIST_REQUESTS; index++) {
    await revoke(index)
    lists.push(await timed(server, 1, () => readText(list)))
  }
  const statusList = { database: medianOf(lists, 'database'), whole: medianOf(lists, 'whole') }
  return { 'sign-in': signIn, refresh, revocation, 'status list': statusList }
}

/** The URL of the status list that an access token names. */
export function statusListOf(accessToken: string): string {
  const { status } = decodeJwt<AccessTokenClaims>(accessToken)
  if (!status) throw new Error('the access token names no status list')
  return status.status_list.uri
}

/** The median of that many runs, each timed separately, so that one that waited for a slow disk does not affect the rest. */
async function timed(
  server: MeasuredServer,
  times: number,
  run: (index: number) => Promise<unknown>,
): Promise<Cost> {
  const costs: Cost[] = []
  for (let index = 0; index < times; index++) {
    const before = await server.databaseTime()
    const start = performance.now()
    await run(index)
    const whole = performance.now() - start
    const after = await server.databaseTime()
    costs.push({ database: after.milliseconds - before.milliseconds, whole })
  }
  return { database: medianOf(costs, 'database'), whole: medianOf(costs, 'whole') }
}

function medianOf(costs: readonly Cost[], part: keyof Cost): number {
  return spreadOf(costs.map((cost) => cost[part]))?.median ?? Number.NaN
}

/** Posts a form; rejects unless the answer is 200. */
export async function post(url: string, form: Readonly<Record<string, string>>): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${url} answers ${response.status}: ${text.slice(0, 300)}`)
}

/** Fetches a document; rejects unless the answer is 200. */
export async function readText(url: string): Promise<string> {
  const response = await fetch(url)
  if (response.status !== 200) throw new Error(`${url} answers ${response.status}`)
  return response.text()
}
