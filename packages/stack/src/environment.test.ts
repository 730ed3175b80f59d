import { expect, it } from 'vitest'
import { mergeVariables } from './environment.ts'

it('adds what the .env file says, and lets the process win', () => {
  expect(mergeVariables({ AUTH_PORT: '9000' }, 'AUTH_PORT=8500\nRESOURCE_PORT=8501\n# a comment')).toEqual({
    AUTH_PORT: '9000',
    RESOURCE_PORT: '8501',
  })
})

it('counts an empty variable as absent', () => {
  expect(mergeVariables({ AUTH_PORT: '', AUTH_HOST: '' }, 'AUTH_PORT=8500\nAUTH_ISSUER=')).toEqual({
    AUTH_PORT: '8500',
  })
})
