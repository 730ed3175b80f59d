import { describe, expect, it } from 'vitest'
import { issuerMismatch, type OwnSettings } from './issuer-mismatch.ts'
import type { ObservedIssuer } from './observe-issuer.ts'

const NOW = 1_790_000_000
const OURS: OwnSettings = {
  issuer: 'https://auth.example.com',
  issuerAddress: 'https://auth.example.com',
  audience: 'https://api.example.com',
}
const BEHIND_A_NAME: OwnSettings = { ...OURS, issuerAddress: 'http://auth:8000' }

type Metadata = Extract<ObservedIssuer, { kind: 'metadata' }>

/** Metadata that agrees with ours in everything but the changes. */
function metadata(changes: Partial<Metadata> = {}): ObservedIssuer {
  return {
    kind: 'metadata',
    issuer: OURS.issuer,
    protectedResources: ['https://other.example.com', OURS.audience],
    date: NOW,
    askedAt: NOW,
    answeredAt: NOW,
    ...changes,
  }
}

describe('two servers agree', () => {
  it.each([
    ['when issuer, audience and clock are the same', metadata()],
    ['when the issuer does not list its resources', metadata({ protectedResources: undefined })],
    ['when the issuer does not tell the time', metadata({ date: undefined })],
    ['when the clocks are five seconds apart', metadata({ date: NOW - 5 })],
    ['when the answer took as long as it is old', metadata({ date: NOW - 5, answeredAt: NOW + 4 })],
  ])('%s', (_name, seen) => {
    expect(issuerMismatch(OURS, seen)).toBeUndefined()
  })
})

it('names RESOURCE_ISSUER when the issuer has another name', () => {
  expect(issuerMismatch(BEHIND_A_NAME, metadata({ issuer: 'http://localhost:8000' }))).toBe(
    'RESOURCE_ISSUER is https://auth.example.com, but the authorization server at http://auth:8000 names itself ' +
      'http://localhost:8000: set RESOURCE_ISSUER to that name, or AUTH_ISSUER to ours.',
  )
})

it('names RESOURCE_AUDIENCE when the issuer does not know it', () => {
  expect(
    issuerMismatch(OURS, metadata({ protectedResources: ['https://a.example', 'https://b.example'] })),
  ).toBe(
    'RESOURCE_AUDIENCE is https://api.example.com, but https://auth.example.com issues tokens for ' +
      'https://a.example, https://b.example: set RESOURCE_AUDIENCE to a resource it knows, or add this one there.',
  )
})

it('keeps its sentence short when the issuer knows many resources, and says so when it knows none', () => {
  const many = Array.from({ length: 7 }, (_, index) => `https://${index}.example`)

  expect(issuerMismatch(OURS, metadata({ protectedResources: many }))).toContain(
    'https://4.example and 2 more:',
  )
  expect(issuerMismatch(OURS, metadata({ protectedResources: [] }))).toContain(
    'tokens for no resource at all:',
  )
})

it.each([
  [NOW + 42, '42 s ahead of ours (theirs 2026-09-21T14:14:02.000Z, ours 2026-09-21T14:13:20.000Z)'],
  [NOW - 6, '6 s behind ours (theirs 2026-09-21T14:13:14.000Z, ours 2026-09-21T14:13:20.000Z)'],
])('tells both times when the clocks are apart', (date, apart) => {
  expect(issuerMismatch(OURS, metadata({ date }))).toBe(
    `The clock of https://auth.example.com is ${apart}: no setting helps, set the clock that is wrong.`,
  )
})

it('names the setting by which the issuer was not reached', () => {
  const seen: ObservedIssuer = { kind: 'nothing', because: 'ECONNREFUSED' }

  expect([issuerMismatch(OURS, seen), issuerMismatch(BEHIND_A_NAME, seen)]).toEqual([
    'The authorization server RESOURCE_ISSUER=https://auth.example.com cannot be asked (ECONNREFUSED): ' +
      'start it, correct RESOURCE_ISSUER, or set RESOURCE_ISSUER_ADDRESS to the address where this server can reach it.',
    'The authorization server https://auth.example.com cannot be asked at RESOURCE_ISSUER_ADDRESS=http://auth:8000 ' +
      '(ECONNREFUSED): start it, or set RESOURCE_ISSUER_ADDRESS to the address where this server can reach it.',
  ])
})

it('begins with the issuer when everything differs', () => {
  const seen = metadata({ issuer: 'http://localhost:8000', protectedResources: [], date: 0 })

  expect(issuerMismatch(OURS, seen)).toMatch(/^RESOURCE_ISSUER is /)
})
