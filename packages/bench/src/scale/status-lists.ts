import type { Bench } from '../bench.ts'
import { requestTokens } from '../issuer/token-request.ts'
import { spreadOf } from '../measurement/statistics.ts'
import { readUsage } from '../process/usage.ts'
import { formatNumber } from '../report/table.ts'
import type { Sized } from './compare-sizes.ts'
import { post, readText, statusListOf } from './operations.ts'
import { signInForm } from './populate.ts'

const HEADERS = { 'content-type': 'application/x-www-form-urlencoded' }

/**
 * The status lists of the largest database: their size, how long the first request for one takes, and the memory that
 * remains used after it.
 */
export async function describeStatusLists(
  bench: Bench,
  title: string,
  { users, server }: Sized,
): Promise<void> {
  const { origin, program } = server
  const answer = await requestTokens(`${origin}/token`, { headers: HEADERS, body: signInForm(0) })
  const current = statusListOf(String(answer.access_token))
  // Makes a change; otherwise the current list would already be built.
  await post(`${origin}/revoke`, { token: String(answer.refresh_token) })
  const uris = [current, ...closedLists(current)]
  const before = readUsage(program.pid)
  const found: { readonly bytes: number; readonly first: number; readonly again: number }[] = []
  for (const uri of uris) {
    const [{ text, took: first }, { took: again }] = [await timedRead(uri), await timedRead(uri)]
    found.push({ bytes: text.length, first, again })
  }
  const after = readUsage(program.pid)

  bench.keep({
    title: `${title}: the status lists of ${formatNumber(users, 0)} authorizations, 1 % ended`,
    note: 'Over all lists; a list takes 786,432 authorizations, then the next one is begun.',
    columns: [{ key: 'value', title: '', digits: 1 }],
    rows: [
      { title: 'lists', cells: { value: String(found.length) } },
      { title: 'size of one, signed, KB', cells: { value: spreadOf(found.map((one) => one.bytes / 1000)) } },
      { title: 'built and answered, ms', cells: { value: spreadOf(found.map((one) => one.first)) } },
      { title: 'answered again, ms', cells: { value: spreadOf(found.map((one) => one.again)) } },
      {
        title: 'memory they add, MB',
        cells: { value: before && after ? (after.memory - before.memory) / 1e6 : undefined },
      },
    ],
  })
}

/** The lists before the current one, with the names that `populate` gives them. */
function closedLists(current: string): readonly string[] {
  const match = /^(.*\/sl_benchbenchbenchbenchx)(\d+)$/.exec(current)
  if (!match) return []
  return Array.from({ length: Number(match[2]) }, (_value, index) => `${match[1]}${index}`)
}

async function timedRead(uri: string): Promise<{ readonly text: string; readonly took: number }> {
  const start = performance.now()
  const text = await readText(uri)
  return { text, took: performance.now() - start }
}
