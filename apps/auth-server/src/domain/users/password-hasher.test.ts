import { expect, it, onTestFinished } from 'vitest'
import { PasswordHasher, WAITING_PER_WORKER } from './password-hasher.ts'

const hasherForTest = (): PasswordHasher => {
  const hasher = new PasswordHasher({ cost: 4, workers: 1 })
  onTestFinished(() => hasher.close())
  return hasher
}

it('takes passwords in the order in which they came, so that nobody waits for those who came later', async () => {
  const hasher = hasherForTest()
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

it('takes somebody from another network next, though a flood fills the queue, and the heaviest gives way', async () => {
  const hasher = hasherForTest()
  const answered: string[] = []
  const ask = async (network: string): Promise<void> => {
    await hasher.dummyVerify('wrong', network)
    answered.push(network)
  }
  const flood = Array.from({ length: WAITING_PER_WORKER + 1 }, (_, n) => ask(`192.0.2.${n % 4}`))
  const counted = Promise.allSettled(flood)

  const others = Promise.all([ask('198.51.100.7'), ask('198.51.100.8')])
  await expect(ask('192.0.2.0')).rejects.toMatchObject({ reason: 'overloaded' })
  await others

  // Nothing had been counted as served before but the one that runs.
  const before = answered.slice(0, -1)
  expect(before.length).toBeLessThanOrEqual(6)
  expect(new Set(before).size).toBeGreaterThanOrEqual(before.length - 1)
  const refused = (await counted).filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(2)
  expect(hasher.queueLength()).toBe(0)
})

it('leaves alone whoever waits with one, however many networks come', async () => {
  const hasher = hasherForTest()
  const all = Array.from({ length: WAITING_PER_WORKER + 1 }, (_, n) =>
    hasher.dummyVerify('wrong', `192.0.2.${n}`),
  )

  await expect(hasher.dummyVerify('wrong', '198.51.100.7')).rejects.toMatchObject({ reason: 'overloaded' })

  const answers = await Promise.all(all)
  expect(answers).toHaveLength(WAITING_PER_WORKER + 1)
})
