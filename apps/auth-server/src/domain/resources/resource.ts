/** A resource server we issue tokens for (RFC 8707): named by its audience, it knows some scope values. */
export interface Resource {
  readonly audience: string
  readonly scope: readonly string[]
  /** The clients that may ask about access tokens for it (RFC 7662). */
  readonly introspectors: readonly string[]
}
