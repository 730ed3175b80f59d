import { describe, expect, it } from 'vitest'
import { protectedResourceMetadataUrl } from './server-metadata.ts'

describe("a resource's metadata", () => {
  it.each([
    ['http://127.0.0.1:8001', 'http://127.0.0.1:8001/.well-known/oauth-protected-resource'],
    ['https://api.example.com/', 'https://api.example.com/.well-known/oauth-protected-resource'],
    ['https://api.example.com/v1', 'https://api.example.com/.well-known/oauth-protected-resource/v1'],
    ['https://api.example.com/v1?a=b', 'https://api.example.com/.well-known/oauth-protected-resource/v1?a=b'],
  ])('of %s lies at %s [RFC 9728 §3.1]', (audience, url) => {
    expect(protectedResourceMetadataUrl(audience)).toBe(url)
  })

  it('has no place when the audience is not a web address', () => {
    expect(protectedResourceMetadataUrl('urn:example:api')).toBeUndefined()
  })
})
