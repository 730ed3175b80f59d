import { expect, it } from 'vitest'
import { createBodyBudget } from './body-budget.ts'

it('lets the largest body give way, the oldest of them first, and only while there is too much', () => {
  const gaveWay: string[] = []
  const budget = createBodyBudget(100)
  const begin = (name: string) => budget(() => gaveWay.push(name))

  const [first, second, small] = [begin('first'), begin('second'), begin('small')]
  first.add(45)
  second.add(45)
  small.add(10)
  const whileThereIsRoom = [...gaveWay]
  small.add(1)
  first.add(1000)
  second.release()
  small.add(89)

  expect(whileThereIsRoom).toEqual([])
  expect(gaveWay).toEqual(['first'])
})
