import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { spreadOf } from '../measurement/statistics.ts'
import { turnsOf } from '../measurement/turns.ts'
import { PEERS } from '../process/paths.ts'
import { runProgram } from '../process/program.ts'

/** How long one measurement is, in seconds, and how often all are measured there and back. */
const [SECONDS, ROUNDS] = [3, 1]

/** The ways to hash a password, and the names that `peers/hashing/hashes.js` has for them. */
const WAYS = [
  { name: 'bcryptjs 10', title: '**bcryptjs, cost 10** (the default)' },
  { name: 'bcryptjs 12', title: '**bcryptjs, cost 12**' },
  { name: 'bcrypt 10', title: 'native bcrypt (`@node-rs/bcrypt`), cost 10' },
  { name: 'bcrypt 12', title: 'native bcrypt (`@node-rs/bcrypt`), cost 12' },
  { name: 'argon2id', title: 'Argon2id (`@node-rs/argon2`), 19 MiB, 2 passes, 1 lane' },
] as const

/** What other ways to hash a password would give on the same core, so that an operator can judge. */
export async function measureHashes(bench: Bench): Promise<void> {
  const ways = WAYS.map((way) => ({ ...way, rates: [] as number[] }))
  for (const { name, rates } of turnsOf(ways, ROUNDS)) {
    bench.signal.throwIfAborted()
    const args = [join(PEERS, 'hashing/hashes.js'), name, String(SECONDS)]
    const { perSecond } = (await runProgram({ args, cores: bench.cores.server }, bench.signal)) as {
      readonly perSecond: number
    }
    rates.push(perSecond)
    bench.progress(`${name}: ${perSecond.toFixed(1)}/s`)
  }
  bench.keep({
    title: 'Passwords compared, on one core',
    note: `One thread that only compares, ${SECONDS} s each after a warm-up, ${2 * ROUNDS} times.`,
    columns: [{ key: 'perSecond', title: 'comparisons/s', digits: 1 }],
    rows: ways.map(({ title, rates }) => ({ title, cells: { perSecond: spreadOf(rates) } })),
  })
}
