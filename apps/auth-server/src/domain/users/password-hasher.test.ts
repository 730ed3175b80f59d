import { expect, it, onTestFinished } from 'vitest'
import { PasswordHasher } from './password-hasher.ts'

it('takes passwords in the order in which they came, so that nobody waits for those who came later', async () => {
  const hasher = new PasswordHasher({ cost: 4, workers: 1 })
  onTestFinished(() => hasher.close())
  const asked = Array.from({ length: 20 }, (_, n) => n)
  const answered: number[] = []

  await Promise.all(
    asked.map(async (n) => {
      await hasher.hash(`password ${n}`)
      answered.push(n)
    }),
  )

  expect(answered).toEqual(asked)
})
