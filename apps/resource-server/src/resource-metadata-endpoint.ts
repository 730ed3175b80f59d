import {
  PROTECTED_RESOURCE_METADATA_PATH,
  type ProtectedResourceMetadata,
  protectedResourceMetadataUrl,
} from '@countersign/shared'
import type { Middleware } from 'koa'
import { PROFILE_SCOPE } from './me-endpoint.ts'

/** The addresses of the metadata: for an audience with a path, it follows the well-known one (RFC 9728 §3.1). */
export const RESOURCE_METADATA_ROUTE = `${PROTECTED_RESOURCE_METADATA_PATH}{/*path}`

export interface ResourceMetadataEndpointDeps {
  readonly issuer: string
  readonly audience: string
}

/** What this server says about itself (RFC 9728 §2): its name, whose tokens it accepts, and how to send them. */
export function resourceMetadataEndpoint({ issuer, audience }: ResourceMetadataEndpointDeps): Middleware {
  const url = protectedResourceMetadataUrl(audience)
  const paths = [PROTECTED_RESOURCE_METADATA_PATH, ...(url === undefined ? [] : [new URL(url).pathname])]
  const metadata: ProtectedResourceMetadata = {
    resource: audience,
    authorization_servers: [issuer],
    scopes_supported: [PROFILE_SCOPE],
    bearer_methods_supported: ['header'],
  }

  return (ctx) => {
    if (!paths.includes(ctx.path)) return
    ctx.set('cache-control', 'public, max-age=60')
    ctx.type = 'application/json'
    // Indented, because people read it in a browser.
    ctx.body = JSON.stringify(metadata, undefined, 2)
  }
}
