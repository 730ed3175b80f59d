import { expect, it } from 'vitest'
import { createBatches } from '../src/storage/batches.ts'
import { DATABASES, freshDatabase } from './support/databases.ts'

/** Keeps the process busy: whatever the machine, a row costs at least so much. */
function spin(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

/** The sizes of so many batches in which a row costs some milliseconds. */
async function sizesWhenARowTakes(milliseconds: number, kind: (typeof DATABASES)[number]) {
  const batches = createBatches(await freshDatabase(kind))
  const sizes: number[] = []
  for (let i = 0; i < 8; i++) {
    sizes.push(batches.size())
    await batches.run(async () => spin(batches.size() * milliseconds))
  }
  return sizes
}

it.each(DATABASES)('on %s, a batch shrinks to its least where rows are slow', async (kind) => {
  expect((await sizesWhenARowTakes(5, kind)).at(-1)).toBe(25)
})

it('a batch grows where rows are quick, to no more than a statement can name', async () => {
  expect(Math.max(...(await sizesWhenARowTakes(0, 'SQLite')))).toBe(1_600)
})

it('leaves others their turn after it', async () => {
  const batches = createBatches(await freshDatabase('SQLite'))

  const ends: number[] = []
  for (let i = 0; i < 2; i++) {
    await batches.run(async () => spin(40))
    ends.push(performance.now())
  }

  expect(ends[1]! - ends[0]!).toBeGreaterThanOrEqual(40 + 35)
})
