import { describe, expect, it } from 'vitest'
import { isOnLoopback, issuerProblem } from './issuer.ts'

describe('an issuer', () => {
  it.each([
    'https://auth.example.com',
    'https://auth.example.com:8443',
    'http://localhost:8000',
    'http://auth.localhost',
    'http://127.0.0.1:8000',
    'http://127.9.8.7',
    'http://[::1]:8000',
  ])('may be %s [RFC 8414 §2]', (issuer) => {
    expect(issuerProblem(issuer)).toBeUndefined()
  })

  it.each([
    ['auth.example.com', 'is not a URL: write it like https://auth.example.com'],
    ['ftp://auth.example.com', 'must begin with https://'],
    ['https://me:secret@auth.example.com', 'must not hold a user name or password'],
    [
      'https://auth.example.com/',
      'must be an origin and nothing more, with no trailing slash: write it as https://auth.example.com',
    ],
    [
      'https://Auth.Example.com',
      'must be an origin and nothing more, with no trailing slash: write it as https://auth.example.com',
    ],
    [
      'https://auth.example.com:443',
      'must be an origin and nothing more, with no trailing slash: write it as https://auth.example.com',
    ],
    [
      'https://auth.example.com/realm?a#b',
      'must be an origin and nothing more, with no trailing slash: write it as https://auth.example.com',
    ],
    [
      'http://auth.example.com',
      'must begin with https:// (http is only for localhost, 127.0.0.0/8 and [::1])',
    ],
    [
      'http://127.example.com',
      'must begin with https:// (http is only for localhost, 127.0.0.0/8 and [::1])',
    ],
  ])('may not be %s', (issuer, problem) => {
    expect(issuerProblem(issuer)).toBe(problem)
  })
})

describe('a loopback host', () => {
  it.each([
    ['http://localhost:8000', true],
    ['http://[::1]:8000', true],
    ['http://127.0.0.2', true],
    ['https://localhost.example.com', false],
    ['https://128.0.0.1', false],
  ])('%s: %s', (url, expected) => {
    expect(isOnLoopback(url)).toBe(expected)
  })
})
